/** The relay inside a host's process: nothing else has to run. It admits only this host's session. */
import {createServer, type Socket} from 'node:net';
import {startRelay, type Relay} from '../../relay/start-relay.js';

export type EmbeddedRelay = Relay & {
	/**
	 * From now on direct connections that come in on the relay's port go there: they begin with a TLS record, still
	 * unread. Before, they are closed.
	 */
	acceptDirect(take: (socket: Socket) => void): void;
};

/**
 * Starts it on the port of the last time, so that invites stay good; on another one if that is taken now. A port that
 * a person asked for is taken or refused.
 */
export async function openEmbeddedRelay(options: {
	/** A person's wish: no other one will do. */
	port?: number;
	/** The port of the last run. */
	formerPort?: number;
	host?: string;
	sessionId: string;
}): Promise<EmbeddedRelay> {
	const {port, formerPort, host, sessionId} = options;
	let take: (socket: Socket) => void = (socket) => socket.destroy();
	const onDirect = (socket: Socket) => take(socket);
	const start = async (on: number): Promise<EmbeddedRelay> => {
		const relay = await startRelay({port: on, host, onlySession: {sessionId}, onDirect});
		return {...relay, acceptDirect: (next) => void (take = next)};
	};
	if (port !== undefined) return start(port);
	if (formerPort === undefined) return start(0);
	try {
		return await start(formerPort);
	} catch {
		return start(0);
	}
}

/** True if another program on this machine listens there. */
export async function isPortTaken(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.on('error', () => resolve(true));
		server.listen({port, exclusive: true}, () => server.close(() => resolve(false)));
	});
}
