/** Which screen is shown: a stack, the session at its bottom. Pure. */
import {type Path} from '../protocol/content.js';
import {type PeerId} from '../core/state.js';
import {type Place} from './binding.js';

export type Screen =
	| {readonly kind: 'session'}
	| {readonly kind: 'peer'; readonly peerId: PeerId}
	| {readonly kind: 'conflicts'}
	| {readonly kind: 'conflict'; readonly path: Path}
	| {readonly kind: 'invite'}
	| {readonly kind: 'log'}
	/** Of the whole folder, or of one path. */
	| {readonly kind: 'history'; readonly path?: Path}
	| {readonly kind: 'settings'}
	/** Its keys come first. */
	| {readonly kind: 'help'; readonly from: Place};

export type Navigation = readonly Screen[];

export type NavigationAction =
	| {readonly type: 'open-screen'; readonly screen: Screen}
	| {readonly type: 'go-back'}
	| {readonly type: 'go-home'};

export const atHome: Navigation = [{kind: 'session'}];

export function shownScreen(navigation: Navigation): Screen {
	return navigation.at(-1) ?? {kind: 'session'};
}

/** What keys a screen has: the versions of one file are another place than the history of all. */
export function placeOf(screen: Screen): Place {
	return screen.kind === 'history' && screen.path !== undefined ? 'versions' : screen.kind;
}

function isSame(one: Screen, other: Screen): boolean {
	const factsOf = (screen: Screen) => JSON.stringify(Object.entries(screen).sort());
	return factsOf(one) === factsOf(other);
}

/** Opens and closes screens; one that is open already is gone back to, so the stack stays short. */
export function navigate(navigation: Navigation, action: NavigationAction): Navigation {
	switch (action.type) {
		case 'open-screen': {
			const open = navigation.findIndex((screen) => placeOf(screen) === placeOf(action.screen));
			const here = navigation[open];
			// As it was left, where it shows the same.
			if (here && isSame(here, action.screen)) return navigation.slice(0, open + 1);
			const below = open === -1 ? navigation : navigation.slice(0, open);
			return below.length === 0 ? atHome : [...below, action.screen];
		}
		case 'go-back': {
			return navigation.length > 1 ? navigation.slice(0, -1) : navigation;
		}
		case 'go-home': {
			return atHome;
		}
	}
}
