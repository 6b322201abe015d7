/** The problems that a person was told of: each is told once, and taken back when it is mended. */
import {type Path} from '../../protocol/content.js';

/** Who finds out whether it still is so: a look at the disk, writing to it, or nobody, as it only says what happened. */
export type ProblemSource = 'scan' | 'apply' | 'event';

export type ToldProblem = {readonly code: string; readonly path?: Path; readonly source: ProblemSource};

/** Paths are remembered up to here; beyond, some are told twice and never taken back. */
const maxPaths = 10_000;

export class ToldProblems {
	readonly #byPath = new Map<Path | undefined, Map<string, ToldProblem>>();

	/** True if something is wrong with this path, as far as was told. */
	concerns(path: Path): boolean {
		return this.#byPath.has(path);
	}

	/** False where it was told before. */
	add(problem: ToldProblem): boolean {
		const {path, code} = problem;
		const known = this.#byPath.get(path);
		if (known?.has(code)) return false;
		if (!known && this.#byPath.size >= maxPaths) this.#byPath.clear();
		this.#byPath.set(path, (known ?? new Map<string, ToldProblem>()).set(code, problem));
		return true;
	}

	/** Forgets those of paths that are mended, and returns them. */
	takeMended(source: ProblemSource, isMended: (path: Path, code: string) => boolean): ToldProblem[] {
		const mended: ToldProblem[] = [];
		for (const [path, problems] of this.#byPath) {
			if (path === undefined) continue;
			for (const problem of problems.values())
				if (problem.source === source && isMended(path, problem.code)) mended.push(problem);
		}
		for (const {path, code} of mended) {
			const problems = this.#byPath.get(path);
			problems?.delete(code);
			if (problems?.size === 0) this.#byPath.delete(path);
		}
		return mended;
	}
}
