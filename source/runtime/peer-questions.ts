/** Questions to peers that are answered by one message each: the answers by peer and request. */
import {type PeerId} from '../core/state.js';
import {type PeerMessage} from '../protocol/peer-messages.js';
import {type PeerChannel} from '../transport/peer-channel.js';

export class PeerQuestions<Answer extends PeerMessage & {readonly request: number}> {
	readonly #waiting = new Map<string, (answer: Answer | undefined) => void>();
	#nextRequest = 1;

	/** The answer of the peer at the other end; undefined where none comes in time. */
	async ask(
		channel: PeerChannel,
		question: (request: number) => PeerMessage,
		timeoutMs: number,
	): Promise<Answer | undefined> {
		const request = this.#nextRequest++;
		return new Promise((resolve) => {
			const key = keyOf(channel.peerId, request);
			const finish = (answer: Answer | undefined) => {
				clearTimeout(timer);
				this.#waiting.delete(key);
				resolve(answer);
			};
			const timer = setTimeout(() => finish(undefined), timeoutMs);
			this.#waiting.set(key, finish);
			channel.send(question(request));
		});
	}

	/** What nobody asked for, or no longer waits for, is dropped. */
	answered(peerId: PeerId, answer: Answer): void {
		this.#waiting.get(keyOf(peerId, answer.request))?.(answer);
	}
}

function keyOf(peerId: PeerId, request: number): string {
	return `${peerId} ${request}`;
}
