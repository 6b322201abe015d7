import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {connect} from 'node:tls';
import test, {type ExecutionContext} from 'ava';
import {reloadOnChange} from '../../relay/reload.js';
import {startRelay} from '../../relay/start-relay.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';

function folder(t: ExecutionContext): string {
	const made = mkdtempSync(path.join(tmpdir(), 'pulsync-reload-'));
	t.teardown(() => rmSync(made, {recursive: true}));
	return made;
}

/** A promise of the next line of a log. */
function nextLine() {
	let take: (line: readonly [string, object]) => void = () => undefined;
	const line = new Promise<readonly [string, object]>((resolve) => (take = resolve));
	return {line, log: (message: string, facts: object) => take([message, facts])};
}

test.serial(
	'SIGHUP reads the limits again, for sessions that are there too; a wrong file changes nothing',
	async (t) => {
		const limits = path.join(folder(t), 'limits.json');
		const relay = await startRelay({port: 0, host: '127.0.0.1', maxSessions: 7});
		t.teardown(() => relay.close());
		const founder = createPeer();
		const session = createSession(founder);
		const enter = async () => {
			const client = new RawClient(relay.url);
			const {nonce} = await client.message('welcome');
			client.send(handshake('create_session', founder, session, nonce));
			const {relay: facts} = await client.message('session_created');
			return facts;
		};

		t.is((await enter()).max_peers, 32);
		for (const [text, said, most] of [
			['{"max_peers": 5, "max_sessions": 100}', 'read again', 5],
			['{"max_peers": "many"}', 'not read again', 5],
		] as const) {
			writeFileSync(limits, text);
			const {line, log} = nextLine();
			const stop = reloadOnChange(relay, {limits}, log);
			process.emit('SIGHUP');
			t.is((await line)[0], said);
			stop();
			t.is((await enter()).max_peers, most);
		}
	},
);

function hasOpenssl(): boolean {
	try {
		execFileSync('openssl', ['version']);
		return true;
	} catch {
		return false;
	}
}

(hasOpenssl() ? test.serial : test.serial.skip)(
	'a certificate that changes is taken, one that does not fit its key is not',
	async (t) => {
		const made = folder(t);
		const [tlsCert, tlsKey] = [path.join(made, 'cert.pem'), path.join(made, 'key.pem')];
		const make = (name: string) => {
			const subject = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', tlsKey, '-out', tlsCert];
			const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
			execFileSync('openssl', [...kind, ...subject], {stdio: 'ignore'});
		};

		make('first');
		const read = (file: string) => readFileSync(file, 'utf8');
		const relay = await startRelay({
			port: 0,
			host: '127.0.0.1',
			tlsCert: read(tlsCert),
			tlsKey: read(tlsKey),
		});
		t.teardown(() => relay.close());
		const shown = async () =>
			new Promise<string>((resolve, reject) => {
				const socket = connect({port: relay.port, host: '127.0.0.1', rejectUnauthorized: false}, () => {
					resolve(String(socket.getPeerCertificate().subject.CN));
					socket.destroy();
				});
				socket.on('error', reject);
			});
		t.is(await shown(), 'first');
		for (const [name, spoil, said, then] of [
			['second', false, 'read again', 'second'],
			['third', true, 'not read again', 'second'],
		] as const) {
			make(name);
			if (spoil) writeFileSync(tlsKey, 'no key');
			const {line, log} = nextLine();
			const stop = reloadOnChange(relay, {tlsCert, tlsKey}, log);
			process.emit('SIGHUP');
			t.is((await line)[0], said);
			stop();
			t.is(await shown(), then);
		}
	},
);
