/**
 * What permessage-deflate would do to messages of ours: frames of the proxy tier are TLS, chunks of the json tier are base64
 * of what is sealed. `node dist/bench/message-deflate.js`
 */
import {randomBytes} from 'node:crypto';
import {constants, deflateRawSync, inflateRawSync} from 'node:zlib';

const megabyte = 1_000_000;
const kinds = {
	'proxy: 64 KiB of TLS': randomBytes(64 * 1024),
	'json: a chunk of 256 KiB, sealed, as base64': Buffer.from(
		JSON.stringify({
			type: 'git_objects_chunk',
			objects: [{data: randomBytes(256 * 1024).toString('base64')}],
		}),
	),
};

console.log('| message | level | size | deflate MB/s | inflate MB/s |\n|---|---|---|---|---|');
for (const [name, message] of Object.entries(kinds)) {
	for (const level of [1, 6]) {
		// As permessage-deflate does: a new window for each message, flushed at its end.
		const options = {level, finishFlush: constants.Z_SYNC_FLUSH};
		const deflated = deflateRawSync(message, options);
		const rate = (run: () => unknown) => {
			const startedAt = performance.now();
			let count = 0;
			for (; performance.now() - startedAt < 1000; count++) run();
			return ((count * message.byteLength) / megabyte / ((performance.now() - startedAt) / 1000)).toFixed(0);
		};
		const size = ((100 * deflated.byteLength) / message.byteLength).toFixed(1);
		const cells = [
			rate(() => deflateRawSync(message, options)),
			rate(() => inflateRawSync(deflated, {finishFlush: constants.Z_SYNC_FLUSH})),
		];
		console.log(`| ${name} | ${level} | ${size} % | ${cells.join(' | ')} |`);
	}
}
