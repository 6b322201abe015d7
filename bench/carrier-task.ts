/** What the processes of bench/carriers.ts are told and tell. */

export const kinds = ['tls', 'tcp', 'ws', 'ws-two-hops', 'tls-two-hops', 'proxy', 'json'] as const;
export type Kind = (typeof kinds)[number];

export type Task = {
	readonly kind: Kind;
	readonly role: 'between' | 'receiver' | 'sender';
	readonly bytes: number;
	/** Where the one before it listens. */
	readonly url: string;
	/** Keys as PEM, of receiver and sender; the one with the smaller peer_id first. */
	readonly keys: readonly [string, string];
	readonly secret: string;
};

export type Told =
	| {readonly type: 'listening'; readonly url: string}
	| {readonly type: 'done'; readonly tookMs: number}
	| {readonly type: 'spent'; readonly cpuMs: number};

let before = process.cpuUsage();

/** From now on what this process spends is the transfer's. */
export function beginTransfer(): void {
	before = process.cpuUsage();
}

export function tell(told: Told): void {
	if (told.type === 'listening') beginTransfer();
	process.send?.(told);
}

/** Tells what the transfer took of the processor here, and ends. */
export function tellSpent(): void {
	const {user, system} = process.cpuUsage(before);
	process.send?.({type: 'spent', cpuMs: (user + system) / 1000} satisfies Told, () => process.exit());
}
