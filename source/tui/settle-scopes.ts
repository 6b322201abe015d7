/** Which conflicts can be settled together, seen from the one under the cursor. Pure. */
import {type Conflict, type PeerId} from '../core/state.js';
import {type Path} from '../protocol/content.js';
import {selectSides} from './select.js';

export type Scope = {
	readonly kind: 'all' | 'shown' | 'folder' | 'peer';
	readonly paths: readonly Path[];
	/** The folder, or the peer's name. */
	readonly name: string;
	readonly peerId?: PeerId;
};

/** All, those that a filter shows, those of its folder, those with its peer; none that is the same as one before it. */
export function settleScopes(
	all: readonly Conflict[],
	shown: readonly Conflict[],
	here: Conflict,
): readonly Scope[] {
	const folder = here.path.split('/').slice(0, -1).join('/');
	const other = selectSides(here).others[0];
	const scopes: Scope[] = [
		{kind: 'all', paths: pathsOf(all), name: ''},
		{kind: 'shown', paths: pathsOf(shown), name: ''},
	];
	if (folder !== '')
		scopes.push({
			kind: 'folder',
			paths: pathsOf(all.filter(({path}) => path.startsWith(`${folder}/`))),
			name: `${folder}/`,
		});
	if (other && other.peerId !== '') {
		const shared = all.filter(({sides}) => sides.some((side) => side.peerId === other.peerId));
		scopes.push({kind: 'peer', paths: pathsOf(shared), name: other.name, peerId: other.peerId});
	}
	return scopes.filter(
		(scope, index) =>
			scope.paths.length > 0 &&
			scopes.findIndex((one) => one.paths.length === scope.paths.length && isSame(one.paths, scope.paths)) ===
				index,
	);
}

function pathsOf(conflicts: readonly Conflict[]): readonly Path[] {
	return conflicts.map(({path}) => path);
}

function isSame(one: readonly Path[], other: readonly Path[]): boolean {
	return one.every((path, index) => path === other[index]);
}
