/** What a worker runs that scans packs beside the main thread: one message for each pack, and one for what is in it. */
import {parentPort} from 'node:worker_threads';
import {scanPack} from './pack-scan.js';
import {isDigestOf, type ScanAnswer, type ScanRequest} from './pack-scan-messages.js';

/** Smaller contents go back together: each piece of memory that changes hands costs as much as copying it. */
const maxGatheredBytes = 64 * 1024;

parentPort?.on('message', ({id, pack, sha256}: ScanRequest) => {
	try {
		const {answer, memory} = scan(id, Buffer.from(pack), sha256);
		parentPort!.postMessage(answer, memory);
	} catch {
		// What is wrong with it is said where it is scanned again.
		parentPort!.postMessage({id} satisfies ScanAnswer);
	}
});

function scan(
	id: number,
	pack: Buffer,
	sha256: string | undefined,
): {readonly answer: ScanAnswer; readonly memory: readonly ArrayBuffer[]} {
	if (sha256 !== undefined && !isDigestOf(pack, sha256)) return {answer: {id}, memory: []};
	const scanned = [...scanPack(pack)];
	const isSmall = (content: Buffer) => content.length <= maxGatheredBytes;
	const small = scanned.map(({content}) => content).filter(isSmall);
	const gathered = new ArrayBuffer(small.reduce((sum, {length}) => sum + length, 0));
	const memory = [gathered];
	let filled = 0;
	const objects = scanned.map(({content, ...facts}) => {
		if (!isSmall(content)) {
			// Its own memory, of which zlib may have made a little more.
			memory.push(content.buffer as ArrayBuffer);
			return {...facts, content: new Uint8Array(content.buffer, content.byteOffset, content.length)};
		}
		const copy = new Uint8Array(gathered, filled, content.length);
		copy.set(content);
		filled += content.length;
		return {...facts, content: copy};
	});
	return {answer: {id, objects}, memory};
}
