/** Commands that share flags. */
import {type CommandName} from './commands.js';

/** The commands that run a session. */
export const sessions: readonly CommandName[] = ['open', 'host', 'join'];
export const hosts: readonly CommandName[] = ['open', 'host'];
/** The commands that ask or tell a running session. */
const queries: readonly CommandName[] = [
	'invite',
	'status',
	'conflicts',
	'resolve',
	'show',
	'tier',
	'limit',
	'history',
	'diff',
	'restore',
	'tidy',
	'sync',
	'pause',
	'resume',
	'leave',
];
export const relay: readonly CommandName[] = ['relay'];
export const running: readonly CommandName[] = [...sessions, ...queries, ...relay];
export const all: readonly CommandName[] = [...running, 'help', 'completion'];
