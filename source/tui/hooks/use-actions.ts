import {type Action, type Place} from '../binding.js';
import {actionOf} from '../keymap.js';
import {useKeys} from './use-keys.js';

/** Calls back with what each key means at a place; keys without a meaning do nothing. */
export function useActions(place: Place, handle: (action: Action) => void, isActive = true): void {
	useKeys((input) => {
		if (input.type !== 'key') return;
		const action = actionOf(input.key, place);
		if (action) handle(action);
	}, isActive);
}
