/** Two ends of ICE in one test, each with a child of its own, over loopback alone. */
import {type Carrier} from '../../../../source/transport/carrier.js';
import {
	type IceAttempt,
	type IceConnectOptions,
	IceHost,
	type IceServers,
} from '../../../../source/transport/ice/ice-host.js';

export const noServers: IceServers = {stun: [], turn: []};

/** A host that uses loopback alone. */
export function loopbackHost(options: ConstructorParameters<typeof IceHost>[0] = {}): IceHost {
	return new IceHost({bindAddress: '127.0.0.1', ...options});
}

/** Starts both ends of one connection, each told what the other describes. */
export function startIcePair(
	hosts: readonly [IceHost, IceHost],
	options: Partial<IceConnectOptions> = {},
): [initiator: IceAttempt, other: IceAttempt] {
	const attempts: IceAttempt[] = [];
	for (const own of [0, 1]) {
		attempts.push(
			hosts[own]!.connect({
				generation: 7,
				servers: noServers,
				loopback: true,
				...options,
				initiator: own === 0,
				described: (sdp) => attempts[1 - own]?.remote(sdp),
			}),
		);
	}
	return [attempts[0]!, attempts[1]!];
}

export async function openIcePair(
	hosts: readonly [IceHost, IceHost],
	options: Partial<IceConnectOptions> = {},
): Promise<[Carrier, Carrier]> {
	const [one, other] = startIcePair(hosts, options);
	return Promise.all([one.opened, other.opened]);
}
