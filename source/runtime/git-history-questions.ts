/** Questions to peers about the user's own git history, and their answers by peer and request. */
import {type PeerId} from '../core/state.js';
import {type PeerMessageOf} from '../protocol/peer-messages.js';
import {type PeerChannel} from '../transport/peer-channel.js';

export class GitHistoryQuestions {
	readonly #answers = new Map<string, (commits: readonly string[]) => void>();
	#nextRequest = 1;

	/** Commits of the peer, newest first; empty where there is none or no answer in time. */
	async ask(channel: PeerChannel, timeoutMs: number): Promise<readonly string[]> {
		const request = this.#nextRequest++;
		return new Promise((resolve) => {
			const key = keyOf(channel.peerId, request);
			const finish = (commits: readonly string[]) => {
				clearTimeout(timer);
				this.#answers.delete(key);
				resolve(commits);
			};
			const timer = setTimeout(() => finish([]), timeoutMs);
			this.#answers.set(key, finish);
			channel.send({type: 'git_history', request});
		});
	}

	/** What nobody asked for, or no longer waits for, is dropped. */
	answered(peerId: PeerId, {request, commits}: PeerMessageOf<'git_history_answer'>): void {
		this.#answers.get(keyOf(peerId, request))?.(commits);
	}
}

function keyOf(peerId: PeerId, request: number): string {
	return `${peerId} ${request}`;
}
