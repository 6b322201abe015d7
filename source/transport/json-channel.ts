/** The channels of `peer_message`: their names, and what comes on one before anybody here has opened it. */
import {startWindowBytes, tunnelGraceMs} from '../protocol/limits.js';
import {type ClientMessageOf, type RelayMessageOf} from '../protocol/relay-messages.js';
import {remember} from './remember.js';
import {type Ext} from './tunnel-reason.js';

export type ChannelMessage = RelayMessageOf<'peer_message'>;

/** Bytes of the carrier, credit for them, or the end. */
export type ChannelKind = 'data' | 'credit' | 'close';

const channelPattern = /^(\d{1,8})(?:\.(credit|close))?$/;

/** What a channel's name says; undefined for names of a later version. */
export function parseChannel(name: string): {generation: number; kind: ChannelKind} | undefined {
	const match = channelPattern.exec(name);
	if (!match) return undefined;
	const kind = match[2] === 'credit' || match[2] === 'close' ? match[2] : 'data';
	return {generation: Number(match[1]), kind};
}

/** The message that ends a channel. */
export function closeMessage(
	peerId: string,
	generation: number,
	reason: string,
	ext?: Ext,
): Omit<ClientMessageOf<'peer_message'>, 'session_id' | 'peer_id'> {
	return {
		type: 'peer_message',
		target_peer_id: peerId,
		channel: `${generation}.close`,
		sequence: 0,
		body: Buffer.from(reason).toString('base64'),
		...(ext ? {ext} : {}),
	};
}

/** Base64 of what a writer may send before it gets credit, with the room that small messages waste. */
const maxEarlyLength = 2 * startWindowBytes;

/** Keeps the first messages of channels that wait for our answer, by key, each bounded like a window. */
export class EarlyMessages {
	readonly #waiting = new Map<string, {length: number; messages: ChannelMessage[]}>();
	/** When channels ended: what is still under way on them is dropped in silence for a while. */
	readonly #ended = new Map<string, number>();

	/**
	 * Takes a message of a channel that is not open. `asked`: it is the first, so somebody wants this channel.
	 * `unknown`: it is the rest of a channel that we know nothing of, as after a restart; said once for each.
	 */
	keep(key: string, kind: ChannelKind, message: ChannelMessage): 'asked' | 'unknown' | 'done' {
		const early = this.#waiting.get(key);
		if (early) {
			early.length += message.body.length;
			if (early.length <= maxEarlyLength) early.messages.push(message);
			return 'done';
		}
		if (kind !== 'data' || this.#hasEndedLately(key)) return 'done';
		if (message.sequence !== 0) {
			this.end(key);
			return 'unknown';
		}
		remember(this.#waiting, key, {length: message.body.length, messages: [message]});
		return 'asked';
	}

	/** What has come so far, to be read now; nothing is kept any longer. */
	take(key: string): readonly ChannelMessage[] {
		const messages = this.#waiting.get(key)?.messages ?? [];
		this.#waiting.delete(key);
		return messages;
	}

	/** The channel is over. */
	end(key: string): void {
		this.#waiting.delete(key);
		remember(this.#ended, key, performance.now());
	}

	keys(): string[] {
		return [...this.#waiting.keys()];
	}

	#hasEndedLately(key: string): boolean {
		const endedAt = this.#ended.get(key);
		return endedAt !== undefined && performance.now() - endedAt < tunnelGraceMs;
	}
}
