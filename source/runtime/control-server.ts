/** The door through which commands reach a running session; it works for any `Session`, drawn or headless. */
import {chmodSync, rmSync} from 'node:fs';
import net from 'node:net';
import {type Session} from '../core/session.js';
import {failureSentence} from '../core/text.js';
import {Failure} from '../protocol/failure.js';
import {answerControl} from './answer-control.js';
import {type ControlAnswer, type ControlGreeting, parseJson} from './control-answer.js';
import {controlRequestSchema, maxRequestBytes} from './control-protocol.js';
import {controlSocketPath} from './control-socket.js';

export type ControlServer = {readonly path: string; close(): Promise<void>};

/** Commands are short; more at once than this is a runaway script. */
const maxConnections = 64;
/** A command sends its request at once. */
const requestDeadlineMs = 10_000;
/** At the end of a session an answer gets this long; one that waits for peers is given up. */
const answerDeadlineMs = 500;

/** Listens for commands of the project in `root` (its real path); a socket that a killed session left is replaced. */
export async function startControlServer(session: Session, root: string): Promise<ControlServer> {
	const path = controlSocketPath(root);
	await removeStale(path);
	const sockets = new Set<net.Socket>();
	const answering = new Set<Promise<void>>();
	const server = net.createServer({allowHalfOpen: true}, (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		serve(socket, session, root, (answer) => {
			answering.add(answer);
			void answer.finally(() => answering.delete(answer));
		});
	});
	server.maxConnections = maxConnections;
	await new Promise<void>((resolve, reject) => {
		// Later errors concern one command that could not be taken, as where too many files are open.
		server.on('error', (cause) =>
			reject(new Failure('folder_not_writable', {severity: 'fatal', details: {path}, cause})),
		);
		server.listen(path, resolve);
	});
	chmodSync(path, 0o600);
	return {
		path,
		async close() {
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			await new Promise((resolve) => setImmediate(resolve));
			// An answer under way is still written, such as that to the `leave` which ends us; nobody waits for more.
			await Promise.race([Promise.all(answering), deadline(answerDeadlineMs)]);
			for (const socket of sockets) socket.destroySoon();
			await Promise.race([closed, deadline(answerDeadlineMs)]);
			// Who does not read, such as a stopped process, must not keep us.
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
}

function serve(
	socket: net.Socket,
	session: Session,
	root: string,
	begun: (answer: Promise<void>) => void,
): void {
	let text = '';
	socket.setEncoding('utf8');
	socket.on('error', () => socket.destroy());
	socket.setTimeout(requestDeadlineMs, () => socket.destroy());
	const greeting: ControlGreeting = {pulsync: 1, root};
	socket.write(`${JSON.stringify(greeting)}\n`);
	// Half closed, it may still read an answer that comes at once; what is killed while it waits for peers looks the same.
	const left = new AbortController();
	socket.on('end', () => left.abort());
	socket.on('close', () => left.abort());
	const receive = (chunk: string) => {
		text += chunk;
		if (text.length > maxRequestBytes) {
			socket.destroy();
			return;
		}
		const end = text.indexOf('\n');
		if (end < 0) return;
		socket.off('data', receive);
		socket.resume();
		socket.setTimeout(0); // waiting for peers may take long
		const answered = answerLine(text.slice(0, end), session, left.signal);
		begun(answered.then((answer) => void socket.end(`${JSON.stringify(answer)}\n`)));
	};
	socket.on('data', receive);
}

async function deadline(ms: number): Promise<void> {
	await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}

async function answerLine(line: string, session: Session, left: AbortSignal): Promise<ControlAnswer> {
	const request = controlRequestSchema.safeParse(parseJson(line));
	if (!request.success) return failed(new Failure('usage'));
	try {
		return {result: await answerControl(session, request.data, left)};
	} catch (error) {
		return failed(error);
	}
}

function failed(error: unknown): ControlAnswer {
	const {code, details} = error instanceof Failure ? error : new Failure('bug');
	return {error: {code, message: failureSentence(code, details)}};
}

/** A socket that nobody listens on is left over from a killed session. */
async function removeStale(path: string): Promise<void> {
	const answered = await new Promise<boolean>((resolve) => {
		const probe = net.connect(path);
		probe.once('connect', () => {
			probe.destroy();
			resolve(true);
		});
		probe.once('error', () => resolve(false));
	});
	if (answered) throw new Failure('already_running', {severity: 'fatal'});
	rmSync(path, {force: true});
}
