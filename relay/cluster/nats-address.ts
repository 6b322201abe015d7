/** Where NATS is, and who the relay is there: `nats://[user:password@|token@]host[:port]`, several with commas. */

export type NatsAddress = {
	/** `host:port`. */
	readonly servers: readonly string[];
	readonly user?: string;
	readonly pass?: string;
	readonly token?: string;
	/** `tls://`: a server that does not speak TLS is refused. */
	readonly isTls: boolean;
};

const defaultPort = '4222';

/** Reads the value of `--cluster`; undefined for what is no such address. All of its servers are entered alike. */
export function parseNatsAddress(text: string): NatsAddress | undefined {
	const urls = text.split(',').map((part) => readUrl(part.trim()));
	const [first] = urls;
	if (!first) return undefined;
	const servers: string[] = [];
	for (const url of urls) {
		if (url?.protocol !== first.protocol || url.hostname === '') return undefined;
		servers.push(`${url.hostname}:${url.port === '' ? defaultPort : url.port}`);
	}

	// Written once, they hold for all.
	const named = urls.find((url) => url?.username) ?? first;
	const [name, secret] = [decode(named.username), decode(named.password)];
	if (name === undefined || secret === undefined) return undefined;
	return {
		servers,
		isTls: first.protocol === 'tls:',
		...(name === '' ? {} : secret === '' ? {token: name} : {user: name, pass: secret}),
	};
}

function readUrl(text: string): URL | undefined {
	if (!/^(nats|tls):\/\//.test(text) || !URL.canParse(text)) return undefined;
	const url = new URL(text);
	return /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '' ? url : undefined;
}

function decode(text: string): string | undefined {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
}
