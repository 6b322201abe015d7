import {type Conflict} from '../core/state.js';

/** True where a conflict is still about the same contents as it was. */
export function hasSameSides(one: Conflict, other: Conflict): boolean {
	const contentsOf = ({sides}: Conflict) => sides.map(({content}) => content).sort();
	const [ones, others] = [contentsOf(one), contentsOf(other)];
	return ones.length === others.length && ones.every((content, index) => content === others[index]);
}
