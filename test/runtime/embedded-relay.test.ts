/** The relay inside a host: it helps to find direct ways as one that stands alone does, and starts in any case. */
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {openEmbeddedRelay} from '../../source/runtime/embedded-relay.js';

const sessionId = 's'.repeat(26);

async function open(t: ExecutionContext, options: Partial<Parameters<typeof openEmbeddedRelay>[0]> = {}) {
	const relay = await openEmbeddedRelay({sessionId, host: '127.0.0.1', ...options});
	t.teardown(() => relay.close());
	return relay;
}

/** Takes the TCP port after a free one that is the relay's by its own choice. Gives the free one. */
async function takeNextPort(t: ExecutionContext): Promise<number> {
	for (;;) {
		const former = await open(t);
		await former.close();
		const server = net.createServer().listen(former.port + 1, '127.0.0.1');
		t.teardown(() => server.close());
		try {
			await once(server, 'listening');
			return former.port;
		} catch {
			// Another program on this machine has it: from another port on.
		}
	}
}

test('it answers STUN on the number of its port and on a second one, and reflects on that too', async (t) => {
	const {port, stunPorts, reflectPort} = await open(t);
	t.is(stunPorts[0], port);
	t.is(stunPorts[1], reflectPort);
});

test('it starts where the UDP port and the second port are taken, and does not offer them', async (t) => {
	const port = await takeNextPort(t);
	const udp = createSocket('udp4');
	t.teardown(() => udp.close());
	await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
	const relay = await open(t, {formerPort: port});
	t.is(relay.port, port);
	t.false(relay.stunPorts.includes(port));
	t.is(relay.reflectPort, undefined);
});

test('it moves to another port where its former one is taken', async (t) => {
	const {port} = await open(t);
	const relay = await open(t, {formerPort: port});
	t.not(relay.port, port);
	t.is(relay.stunPorts[0], relay.port);
});

test('direct connections go where the session says, and nowhere before it says so', async (t) => {
	const relay = await open(t);
	const connect = () => {
		const socket = net.connect(relay.port, '127.0.0.1').on('error', () => undefined);
		t.teardown(() => socket.destroy());
		socket.write(Buffer.from('160301', 'hex'));
		return socket;
	};
	const early = connect();
	await once(early, 'close');
	const taken = new Promise<net.Socket>((resolve) => relay.acceptDirect(resolve));
	const late = connect();
	const socket = await taken;
	t.is(String((await once(socket, 'data'))[0]), '\u0016\u0003\u0001');
	socket.destroy();
	await once(late, 'close');
});
