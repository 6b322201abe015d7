/** What a running relay reads again: its limits on SIGHUP, its certificate then too and whenever the files change. */
import {unwatchFile, watchFile} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {parseLimits} from './relay-limits.js';
import {type RelayOptions} from './relay-options.js';
import {type Relay} from './start-relay.js';

export type ReloadFiles = {
	/** Paths. */
	readonly tlsCert?: string;
	readonly tlsKey?: string;
	readonly limits?: string;
};

/** Looked at by their times, so that a link that is turned to another file is seen as well. */
const watchEveryMs = 5_000;

/** Reads again until it is told to stop. What is wrong is logged, and what was in force stays so. */
export function reloadOnChange(
	relay: Pick<Relay, 'setLimits' | 'setCertificate'>,
	files: ReloadFiles,
	log: NonNullable<RelayOptions['log']>,
): () => void {
	const attempt = async (what: string, read: () => Promise<boolean>) => {
		try {
			if (await read()) log('read again', {what});
		} catch (error) {
			log('not read again', {what, reason: error instanceof Error ? error.message : String(error)});
		}
	};

	const certificate = async () => attempt('certificate', async () => readCertificate(relay, files));
	const limits = async () => attempt('limits', async () => readLimits(relay, files));
	const hangUp = () => void Promise.all([certificate(), limits()]);
	const changed = () => void certificate();
	process.on('SIGHUP', hangUp);
	const watched = [files.tlsCert, files.tlsKey].filter((file) => file !== undefined);
	for (const file of watched) watchFile(file, {interval: watchEveryMs, persistent: false}, changed);
	return () => {
		process.off('SIGHUP', hangUp);
		for (const file of watched) unwatchFile(file, changed);
	};
}

async function readCertificate(
	relay: Pick<Relay, 'setCertificate'>,
	{tlsCert, tlsKey}: ReloadFiles,
): Promise<boolean> {
	if (tlsCert === undefined || tlsKey === undefined) return false;
	relay.setCertificate(await readFile(tlsCert, 'utf8'), await readFile(tlsKey, 'utf8'));
	return true;
}

async function readLimits(relay: Pick<Relay, 'setLimits'>, {limits}: ReloadFiles): Promise<boolean> {
	if (limits === undefined) return false;
	relay.setLimits(parseLimits(await readFile(limits, 'utf8')));
	return true;
}
