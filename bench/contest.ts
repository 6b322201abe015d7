/**
 * Runs contenders in turn, A B C A B C …, so that what a machine does besides hits all alike, and compares them round by round.
 */

/** What one run gave; the figure that is compared is `ms` unless a scenario says otherwise. */
export type Figures = Readonly<Record<string, number>>;

export type Contender = {
	readonly name: string;
	/** What happens before the clock starts, once. */
	readonly setUp?: () => Promise<void>;
	readonly run: (round: number) => Promise<Figures>;
};

export type Spread = {
	readonly median: number;
	readonly min: number;
	readonly max: number;
	readonly p95: number;
};
export type Row = {
	readonly name: string;
	readonly figures: Readonly<Record<string, Spread>>;
	/** How many times as long ours took, by the median of the rounds; by the name of the figure. None for ours itself. */
	readonly ours?: Readonly<Record<string, number>>;
};

/** Ours is the first contender. Each has one run before the counted ones if `warmUp`. */
export async function contest(
	contenders: readonly Contender[],
	{runs, warmUp, onRun}: {runs: number; warmUp: boolean; onRun: (name: string, figures: Figures) => void},
): Promise<Row[]> {
	const results = new Map<string, Figures[]>(contenders.map(({name}) => [name, []]));
	for (const contender of contenders) await contender.setUp?.();
	for (let round = warmUp ? -1 : 0; round < runs; round++) {
		for (const {name, run} of contenders) {
			const figures = await run(round + 1);
			if (round < 0) continue;
			results.get(name)!.push(figures);
			onRun(name, figures);
		}
	}
	const own = results.get(contenders[0]!.name)!;
	return contenders.map(({name}, at) => {
		const all = results.get(name)!;
		return {name, figures: spreads(all), ...(at > 0 && {ours: ratios(own, all)})};
	});
}

function spreads(all: readonly Figures[]): Record<string, Spread> {
	const names = new Set(all.flatMap((figures) => Object.keys(figures)));
	return Object.fromEntries(
		[...names].map((name) => [name, spread(all.flatMap((figures) => figures[name] ?? []))]),
	);
}

function ratios(own: readonly Figures[], other: readonly Figures[]): Record<string, number> {
	const names = Object.keys(own[0] ?? {}).filter((name) =>
		other.every((figures) => (figures[name] ?? 0) > 0),
	);
	return Object.fromEntries(
		names.map((name) => [name, spread(own.map((figures, at) => figures[name]! / other[at]![name]!)).median]),
	);
}

export function spread(values: readonly number[]): Spread {
	const sorted = values.toSorted((one, other) => one - other);
	const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
	const middle = sorted.length / 2;
	const median =
		sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2 : at(0.5);
	return {median, min: at(0), max: sorted.at(-1) ?? NaN, p95: at(0.95)};
}
