/** A load balancer as people put in front of relays: each new connection goes to the living one with the fewest. */
import net from 'node:net';
import {once} from 'node:events';
import type {ExecutionContext} from 'ava';

export class LoadBalancer {
	readonly #server = net.createServer((client) => void this.#take(client));
	readonly #open = new Map<number, Set<net.Socket>>();

	/** Listens on a port of its own until the test ends. */
	static async start(t: Pick<ExecutionContext, 'teardown'>): Promise<LoadBalancer> {
		const balancer = new LoadBalancer();
		balancer.#server.listen(0, '127.0.0.1');
		await once(balancer.#server, 'listening');
		t.teardown(() => {
			balancer.#server.close();
			for (const sockets of balancer.#open.values()) for (const socket of sockets) socket.destroy();
		});
		return balancer;
	}

	get url(): string {
		const {port} = this.#server.address() as net.AddressInfo;
		return `ws://127.0.0.1:${port}/ws`;
	}

	/** A relay that takes connections from now on. */
	add(port: number): void {
		this.#open.set(port, this.#open.get(port) ?? new Set());
	}

	/** No more connections to this one; those that are open stay. */
	remove(port: number): void {
		this.#open.delete(port);
	}

	/** Ends one of the connections to this relay: who had it comes again. */
	cutOne(port: number): void {
		const [client] = this.#open.get(port) ?? [];
		client?.destroy();
	}

	async #take(client: net.Socket): Promise<void> {
		client.on('error', () => client.destroy());
		// A connection that is being made counts, or two at one time would go to the same.
		const ports = [...this.#open].sort(([, one], [, other]) => one.size - other.size);
		for (const [port, sockets] of ports) {
			sockets.add(client);
			const relay = await dial(port);
			if (!relay) {
				sockets.delete(client);
				continue;
			}

			client.pipe(relay).pipe(client);
			const end = () => {
				sockets.delete(client);
				client.destroy();
				relay.destroy();
			};
			for (const socket of [client, relay]) socket.on('error', end).on('close', end);
			return;
		}

		client.destroy();
	}
}

async function dial(port: number): Promise<net.Socket | undefined> {
	const socket = net.connect(port, '127.0.0.1');
	try {
		await once(socket, 'connect');
		return socket;
	} catch {
		return undefined;
	}
}
