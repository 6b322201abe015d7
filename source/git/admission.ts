/** What a peer sent is let into the store here, or refused: nothing of it is taken on trust. */
import {type Oid} from '../protocol/content.js';
import {CommitJudge} from './accept-commit.js';
import {type BlobSink} from './blob-sink.js';
import {Breath, Gate} from './gate.js';
import {IncomingObject} from './incoming-object.js';
import {objectProblem} from './object-check.js';
import {hashObject, type ObjectType} from './object-format.js';
import {type NewObject} from './object-writer.js';
import {type ReceivedObject, receivePack} from './pack-receive.js';
import {type GivenDelta, receiveDelta} from './receive-delta.js';
import {hostileData} from './store-failure.js';
import {type StoreParts} from './store-parts.js';
import {objectWords} from './store-words.js';

/** An object of a peer, and the id by which it came. */
export type GivenObject = {readonly oid: Oid; readonly type: ObjectType; readonly bytes: Uint8Array};

export class Admission {
	/** Is given each blob of a peer that was found sound. */
	sink: BlobSink | undefined;
	readonly #parts: StoreParts;
	#judge: CommitJudge;
	readonly #accepting = new Gate(1);

	constructor(parts: StoreParts) {
		this.#parts = parts;
		this.#judge = new CommitJudge(parts.objects, parts.graph);
	}

	/** Runs work while no commit is judged; what was judged before counts for nothing after it, since objects may be gone. */
	async alone<T>(work: () => Promise<T>): Promise<T> {
		return this.#accepting.run(async () => {
			try {
				return await work();
			} finally {
				this.#judge = new CommitJudge(this.#parts.objects, this.#parts.graph);
			}
		});
	}

	/** Takes a pack in, durably. Rejects with Failure `hostile_data` and keeps nothing of a pack that is wrong. */
	async indexPack(pack: Uint8Array): Promise<{objects: readonly ReceivedObject[]}> {
		const {layout, dirty, writer} = this.#parts;
		const writeLoose = async (objects: readonly NewObject[]) => writer.writeMany(objects);
		return {objects: await receivePack(layout, dirty, bufferOf(pack), {writeLoose, sink: this.sink})};
	}

	/** Takes a blob in, durably, that came as a delta. Rejects with Failure `missing_object` or `hostile_data`. */
	async takeDelta(pack: Uint8Array, given: GivenDelta): Promise<void> {
		const {layout, objects, writer} = this.#parts;
		await receiveDelta(layout.gitDir, objects, writer, bufferOf(pack), given);
	}

	/**
	 * Takes objects in that came under these ids; they are durable after a flush. Rejects with Failure `hostile_data`, and takes
	 * none of them, if one is not sound or has another id. More are one file: a sync for each would keep us busy for seconds.
	 */
	async writeObjects(given: readonly GivenObject[]): Promise<void> {
		const objects: NewObject[] = [];
		const breath = new Breath();
		for (const {oid, type, bytes} of given) {
			const content = bufferOf(bytes);
			const problem = objectProblem(type, content);
			if (problem !== undefined) {
				throw hostileData(problem);
			}

			if (hashObject(type, content) !== oid) {
				throw hostileData(objectWords.otherId, {oid});
			}

			objects.push({type, oid, content});
			if (type === 'blob') {
				await this.sink?.offer(oid, content);
			}

			await breath.take();
		}

		await this.#parts.writer.writeMany(objects);
	}

	/** One large object in parts, from the given offset or from where the bytes that are there end. */
	async openIncoming(oid: Oid, type: ObjectType, bytes: number, offset: number): Promise<IncomingObject> {
		const {layout, writer} = this.#parts;
		return IncomingObject.open({layout, objects: writer, sink: this.sink}, {oid, type, bytes}, offset);
	}

	/**
	 * Judges a commit and adds it to the graph with all that is new behind it. Rejects with Failure `incomplete` while
	 * objects are missing, `hostile_data` if it breaks the rules.
	 */
	async acceptCommit(oid: Oid): Promise<void> {
		const {graph, writer, commits} = this.#parts;
		await this.#accepting.run(async () => {
			if (!graph.isPresent(oid)) {
				await writer.flush();
				commits.add(await this.#judge.judge(oid));
				await commits.keepShallow();
			}
		});
	}
}

/** The same memory. */
function bufferOf(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
