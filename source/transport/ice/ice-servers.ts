/** Which servers the library may ask, out of URLs that a person or a relay gave. */
import {type IceServers} from './ice-host.js';

/** As the library takes it. */
export type IceServerEntry = {
	hostname: string;
	port: number;
	username?: string;
	password?: string;
	relayType?: 'TurnUdp';
};

const defaultPort = 3478;

/** The library uses no more. */
const maxTurnServers = 2;

/** One STUN server, another one at each turn, for the library would pick one by chance; and the usable TURN servers. */
export function selectServers({stun, turn}: IceServers, round: number): IceServerEntry[] {
	const entries: IceServerEntry[] = [];
	const reachable = stun.map((url) => parseAddress(url, 'stun')).filter((address) => address !== undefined);
	if (reachable.length > 0) entries.push(reachable[round % reachable.length]!);
	for (const {url, username, credential} of turn) {
		const address = parseAddress(url, 'turn');
		if (!address || username === undefined || credential === undefined) continue;
		if (entries.filter(({relayType}) => relayType).length === maxTurnServers) break;
		entries.push({...address, username, password: credential, relayType: 'TurnUdp'});
	}
	return entries;
}

/** `SCHEME:HOST[:PORT][?transport=udp]`, an IPv6 host in brackets; undefined for others. */
function parseAddress(url: string, scheme: string): {hostname: string; port: number} | undefined {
	const match =
		/^(?<scheme>[a-z]+):(?:\[(?<six>[\da-f:.]+)\]|(?<host>[^\s:?[\]]+))(?::(?<port>\d{1,5}))?(?<query>\?.*)?$/i.exec(
			url,
		)?.groups;
	if (match?.scheme?.toLowerCase() !== scheme) return undefined;
	if (match.query !== undefined && match.query !== '?transport=udp') return undefined;
	const port = match.port === undefined ? defaultPort : Number(match.port);
	const hostname = match.six ?? match.host;
	return hostname === undefined || port < 1 || port > 65_535 ? undefined : {hostname, port};
}
