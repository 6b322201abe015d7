/**
 * The receiving side of one want on one channel: checks what comes against what was planned and counts what of it is
 * durable. It decides nothing and stores nothing; it throws `hostile_data` at the first thing that does not fit.
 */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type Arrived, type Stored} from './arrived.js';
import {Assembly} from './assembly.js';
import {type Channel} from './channel.js';
import {answerWords} from './exchange-words.js';
import {type GraphEntry} from './graph-batches.js';
import {hostileData} from './hostile.js';
import {maxChunkBytes, maxGraphCommits, maxGraphIds, maxUnackedChunkBytes} from './limits.js';
import {type ExchangeProgress} from './progress.js';

/** The messages that answer a want. */
/** What a supplier says of the moment: it has nothing that it cannot send. */
const passing = new Set(['unknown_commit', 'busy']);

export type AnswerMessage = PeerMessageOf<'plan' | 'graph' | 'segment' | 'part' | 'end' | 'want_failed'>;

export class Answer {
	readonly channel: Channel;
	readonly request: number;
	/** Totals as the supplier counted them; zeros until it has. */
	plan: PeerMessageOf<'plan'>;
	/** What of this answer is durable here. */
	storedBytes = 0;
	storedObjects = 0;
	/** We said that it shall end early: what it ends with may not be all. */
	cancelled = false;
	/** Something of it cannot be used here, and nothing behind that is. */
	refused = false;
	readonly graph: GraphEntry[] = [];
	#graphIds = 0;
	/** What is on its way, and where its bytes go. */
	readonly units: Assembly;
	readonly #resumed: boolean;
	#closed = false;
	#hasWholeGraph = false;

	constructor(options: {
		channel: Channel;
		request: number;
		/** True if the want named a place to go on from: only then may the plan count something as done. */
		resumed: boolean;
		/** True if the want allowed deltas. */
		deltas?: boolean;
		onArrived: (unit: Arrived) => void;
	}) {
		this.channel = options.channel;
		this.request = options.request;
		this.units = new Assembly(options.onArrived, options.deltas);
		this.#resumed = options.resumed;
		this.plan = {
			type: 'plan',
			request: options.request,
			objects: 0,
			bytes: 0,
			done_objects: 0,
			done_bytes: 0,
		};
	}

	/** Everything that was planned is durable and the supplier has no more. */
	get complete(): boolean {
		const hasObjects = this.units.ended && this.storedObjects === this.plan.objects - this.plan.done_objects;
		// One that was cancelled ends before its graph, or before it was counted at all.
		return hasObjects && (!this.cancelled || this.#hasWholeGraph);
	}

	/** Nothing more is taken: the channel is gone, or the want goes on elsewhere. */
	get closed(): boolean {
		return this.#closed;
	}

	/** Takes nothing more; what is here of an unfinished part is handed over. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.units.cut();
	}

	/** As the screen shows it; `heldBytes` were stored, but not durably. */
	progress(commit: Oid, heldBytes: number): Omit<ExchangeProgress, 'resentBytes'> {
		const {plan} = this;
		const isCounted = plan.objects > 0;
		return {
			peerId: this.channel.peerId,
			tier: this.channel.tier,
			commit,
			doneBytes: plan.done_bytes + this.storedBytes - heldBytes,
			totalBytes: isCounted ? plan.bytes : undefined,
			doneObjects: plan.done_objects + this.storedObjects,
			totalObjects: isCounted ? plan.objects : undefined,
			resumedBytes: plan.done_bytes,
			arrivingBytes: this.units.arrivingBytes + heldBytes,
		};
	}

	/** Takes one message; throws the Failure that it tells of, or `hostile_data`. */
	take(message: AnswerMessage): void {
		switch (message.type) {
			case 'plan': {
				return this.#takePlan(message);
			}
			case 'graph': {
				return this.#takeGraph(message);
			}
			case 'segment':
			case 'part': {
				return this.units.announce(message);
			}
			case 'end': {
				return this.units.end();
			}
			case 'want_failed': {
				const {code} = message;
				throw new Failure(passing.has(code) ? code : 'want_failed', {details: {code, reason: code}});
			}
		}
	}

	/** Units were stored and added that much. */
	stored(units: readonly Arrived[], added: Stored): void {
		this.units.stored(units, added.repeatedBytes);
		this.storedBytes += added.bytes;
		this.storedObjects += added.objects;
		this.#checkStored();
	}

	#takePlan(plan: PeerMessageOf<'plan'>): void {
		if (this.plan.objects > 0) return; // repeated, as a sign of life
		if (plan.done_objects > plan.objects || plan.done_bytes > plan.bytes)
			throw hostileData(answerWords.beyondPlan);
		if (!this.#resumed && (plan.done_objects > 0 || plan.done_bytes > 0))
			throw hostileData(answerWords.skipsObjects);
		this.plan = plan;
		this.#checkStored();
	}

	#takeGraph({commits, last}: PeerMessageOf<'graph'>): void {
		this.#graphIds += commits.reduce((sum, ids) => sum + ids.length, 0);
		const isTooLarge = this.graph.length + commits.length > maxGraphCommits || this.#graphIds > maxGraphIds;
		if (isTooLarge) throw hostileData(answerWords.largeGraph);
		this.graph.push(...commits);
		this.#hasWholeGraph = last;
	}

	/** On tier json the first objects may overtake the plan; what comes without one is bounded. */
	#checkStored(): void {
		const {objects, bytes, done_objects: doneObjects, done_bytes: doneBytes} = this.plan;
		const isCounted = objects > 0;
		const isBeyond = this.storedObjects > objects - doneObjects || this.storedBytes > bytes - doneBytes;
		if (isCounted ? isBeyond : this.storedBytes > maxUnackedChunkBytes + maxChunkBytes) {
			throw hostileData(answerWords.moreThanPlanned);
		}
	}
}
