/** A store of blobs in memory, for plans that are applied without git. */
import {Readable} from 'node:stream';
import {type Content, formatContent, type Oid} from '../../source/protocol/content.js';
import {Failure} from '../../source/protocol/failure.js';
import {hashBytes} from '../../source/workspace/hash-file.js';
import {type BlobSource} from '../../source/workspace/stage-file.js';

/** A store that holds what it is given. */
export class MemoryBlobs implements BlobSource {
	readonly #blobs = new Map<Oid, Uint8Array>();

	add(bytes: string | Uint8Array, mode: '100644' | '100755' | '120000' = '100644'): Content {
		const data = Buffer.from(bytes);
		const oid = hashBytes(data);
		this.#blobs.set(oid, data);
		return formatContent(mode, oid);
	}

	blobBytes = async (oid: Oid): Promise<number> => this.#get(oid).length;

	readBlob = async (oid: Oid): Promise<Uint8Array> => this.#get(oid);

	openBlob = (oid: Oid): Readable => {
		const data = this.#get(oid);
		const chunks = function* () {
			for (let at = 0; at < data.length; at += 65536) yield data.subarray(at, at + 65536);
		};
		return Readable.from(chunks());
	};

	#get(oid: Oid): Uint8Array {
		const data = this.#blobs.get(oid);
		if (!data) throw new Failure('incomplete');
		return data;
	}
}
