/** Older history across peers: what was cut off here may still be kept by somebody who is online, and the other way round. */
import {type HistoryEntry} from '../core/session.js';
import {type PeerId, type State} from '../core/state.js';
import {type Oid, type Path} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type PeerMessageOf} from '../protocol/peer-messages.js';
import {type PeerChannel} from '../transport/peer-channel.js';
import {type ChannelDesk} from './channel-desk.js';
import {type ExchangeDesk} from './exchange-desk.js';
import {type Project} from './project/project.js';
import {atQuestion} from './project/find-commit.js';

/** Looking through a long history takes a moment. */
const answerMs = 10_000;
/** One version of a project, at most; whoever needs longer asks for less. */
const fetchMs = 300_000;
/** Questions of others that wait for their turn; each is a walk through history. */
const maxWaiting = 8;

type Question = PeerMessageOf<'past'>;

export class PastDesk {
	readonly #project: Project;
	readonly #channels: Pick<ChannelDesk, 'askPast' | 'active'>;
	readonly #exchange: Pick<ExchangeDesk, 'fetchAside'>;
	readonly #state: () => State;
	#answering: Promise<void> = Promise.resolve();
	#waiting = 0;

	constructor(options: {
		project: Project;
		channels: Pick<ChannelDesk, 'askPast' | 'active'>;
		exchange: Pick<ExchangeDesk, 'fetchAside'>;
		state: () => State;
	}) {
		this.#project = options.project;
		this.#channels = options.channels;
		this.#exchange = options.exchange;
		this.#state = options.state;
	}

	/** Answers a peer, one question at a time; what fails or is too much gets an answer without anything. */
	async answer(channel: PeerChannel, question: Question): Promise<void> {
		const {request} = question;
		if (this.#waiting >= maxWaiting) return channel.send({type: 'past_answer', request});
		this.#waiting++;
		const answered = this.#answering.then(async () => {
			const answer = await this.#find(question).catch(() => ({}));
			channel.send({type: 'past_answer', request, ...answer});
		});
		this.#answering = answered.catch(() => undefined).finally(() => this.#waiting--);
		await answered.catch(() => undefined); // its channel has gone
	}

	/** What peers tell of snapshots beside those that are listed here, newest first. */
	async listOlder(path: Path | undefined, listed: ReadonlySet<Oid>): Promise<readonly HistoryEntry[]> {
		const {graph} = this.#project.store;
		const found = new Map<Oid, HistoryEntry>();
		const ask = async ({peerId, name}: {peerId: PeerId; name: string}) => {
			const answer = await this.#channels.askPast(peerId, {path}, answerMs);
			for (const {peer_id: author, ...change} of answer?.changes ?? []) {
				// Only what belongs to our own history, of which the ids are known.
				const {commit} = change;
				if (found.has(commit) || listed.has(commit) || !graph.has(commit)) continue;
				// What the one at our boundary changed is known only to who has the one before it.
				const keptBy = graph.isPresent(commit) ? undefined : name;
				found.set(commit, {...change, peerId: author, ...(keptBy !== undefined && {keptBy})});
			}
		};
		await Promise.all(this.#online().map(ask));
		return [...found.values()].sort((one, other) => other.at - one.at);
	}

	/**
	 * Brings the path as it was from a peer that keeps more than we do: the commit that holds it. Rejects with Failure
	 * `not_in_history` where nobody online has it.
	 */
	async bring(path: Path, at: string): Promise<Oid> {
		const question = {path, ...atQuestion(at)};
		let asked = 0;
		for (const {peerId} of this.#online()) {
			const found = (await this.#channels.askPast(peerId, question, answerMs))?.found;
			asked++;
			if (!found) continue;
			await this.#exchange.fetchAside(found.extract, this.#channels.active(peerId), fetchMs);
			return found.extract;
		}
		throw new Failure('not_in_history', {details: {at, asked}});
	}

	async #find({path, at_ms: atMs, commit}: Question): Promise<Partial<PeerMessageOf<'past_answer'>>> {
		const at = commit ?? (atMs === undefined ? undefined : String(atMs));
		if (at === undefined) return {changes: await this.#project.listPast(path)};
		return {found: await this.#project.extractPast(path ?? '.', at)};
	}

	#online() {
		return [...this.#state().peers.values()].filter(({link}) => link.status === 'online');
	}
}
