/**
 * What relays that act as one need of the network between them: subjects, requests, and to know when it is away. It
 * keeps the order of one sender's messages to one receiver, and promises nothing about what was under way when it broke.
 */

export type BusMessage = {
	readonly subject: string;
	/** Its memory is the receiver's. */
	readonly bytes: Uint8Array;
	/** Answers a request; does nothing for other messages. */
	readonly answer: (bytes: Uint8Array) => void;
};

/** `nobody`: no one listens to the subject, which is known at once. */
export type RequestEnd = 'answered' | 'nobody' | 'late';

export type Bus = {
	readonly isUp: boolean;
	/** The largest message that it takes. */
	readonly maxBytes: number;
	/** Told on each change of `isUp`; one listener. */
	onChange: () => void;
	/** Sends to all who listen but oneself. Drops it while the bus is away. */
	publish(subject: string, bytes: Uint8Array): void;
	/** Listens until the returned function is called; also after the bus was away. `*` and `>` are wildcards. */
	subscribe(subject: string, hear: (message: BusMessage) => void): () => void;
	/** Asks one who listens. Never rejects. */
	request(subject: string, bytes: Uint8Array, deadlineMs: number): Promise<RequestEnd>;
	/** Asks all who listen, until `take` says that it is enough, nobody is there or the time is over. Never rejects. */
	gather(
		subject: string,
		bytes: Uint8Array,
		deadlineMs: number,
		take: (answer: Uint8Array) => boolean,
	): Promise<void>;
	/** Resolves when all that was subscribed before is heard of everywhere, or the bus is away. Never rejects. */
	settled(): Promise<void>;
	close(): Promise<void>;
};
