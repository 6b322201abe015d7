/** `pulsync-tui completion SHELL`: what a shell needs to complete commands, flags and their values. */
import {type Shell} from '../commands.js';
import {bashCompletion} from './bash.js';
import {fishCompletion} from './fish.js';
import {zshCompletion} from './zsh.js';

/** A script for the shell; made from the tables of commands and flags, so it knows all of them. */
export function formatCompletion(shell: Shell): string {
	switch (shell) {
		case 'bash':
			return bashCompletion();
		case 'zsh':
			return zshCompletion();
		case 'fish':
			return fishCompletion();
	}
}
