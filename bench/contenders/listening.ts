import {connect} from 'node:net';
import {waitUntil} from '../../test/helpers/wait.js';

/** Resolves when something on loopback takes connections on this port. */
export async function whenListening(port: number): Promise<void> {
	await waitUntil(
		`a server on port ${port}`,
		async () =>
			new Promise<boolean>((resolve) => {
				const socket = connect(port, '127.0.0.1');
				socket.once('connect', () => {
					socket.destroy();
					resolve(true);
				});
				socket.once('error', () => resolve(false));
			}),
	);
}
