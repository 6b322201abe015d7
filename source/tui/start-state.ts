/** The start screen's steps: choose, type an invite, agree to merge. Pure. */
import {withoutSpaces} from '../protocol/invite.js';
import {type Input} from './keys.js';
import {moveCursor} from './list-cursor.js';
import {editField, fieldValue, textField, type TextField} from './text-field.js';

type RecentSession = {readonly root: string; readonly name: string; readonly at: number};

export type FolderFacts = {
	readonly files: number;
	readonly bytes: number;
	readonly isGit: boolean;
	/** False: there is more, not yet counted. */ readonly isComplete: boolean;
};

export type StartFacts = {
	readonly root: string;
	readonly recent: readonly RecentSession[];
	readonly folder: FolderFacts;
	/** What one is called where no name is set. */
	readonly defaultName: string;
	readonly parseInvite: (text: string) => {readonly ok: boolean; readonly reason?: string};
	readonly isRelayUrl: (text: string) => boolean;
};

/** What the person decided; `root` only where another folder's session goes on. */
export type StartResult = {
	readonly choice: 'host' | 'join' | 'resume' | 'quit';
	readonly invite?: string;
	readonly merge?: boolean;
	readonly name?: string;
	readonly relayUrl?: string;
	readonly root?: string;
};

type EditedSetting = 'name' | 'relayUrl';

type StartStep =
	| {readonly kind: 'choose'}
	| {readonly kind: 'invite'; readonly field: TextField}
	| {readonly kind: 'merge'; readonly invite: string}
	| {readonly kind: 'setting'; readonly setting: EditedSetting; readonly field: TextField}
	| {readonly kind: 'done'; readonly result: StartResult};

export type StartState = {
	readonly step: StartStep;
	readonly cursor: number;
	readonly name: string;
	readonly relayUrl: string;
};

export type Option =
	| {readonly kind: 'host'}
	| {readonly kind: 'join'}
	| {readonly kind: 'recent'; readonly recent: RecentSession}
	| {readonly kind: 'quit'};

/** More recent sessions than this are not offered. */
const maxRecent = 5;

/** What can be chosen, in the order of the screen: a session of this very folder first. */
export function startOptions({recent, root}: Pick<StartFacts, 'recent' | 'root'>): readonly Option[] {
	const newestFirst = [...recent].sort((one, other) => other.at - one.at).slice(0, maxRecent);
	const asOptions = (list: readonly RecentSession[]): readonly Option[] =>
		list.map((one) => ({kind: 'recent', recent: one}));
	return [
		...asOptions(newestFirst.filter((one) => one.root === root)),
		{kind: 'host'},
		{kind: 'join'},
		...asOptions(newestFirst.filter((one) => one.root !== root)),
		{kind: 'quit'},
	];
}

export function initialStart(
	prefilledInvite: string | undefined,
	name: string,
	relayUrl: string,
): StartState {
	return {
		step:
			prefilledInvite === undefined ? {kind: 'choose'} : {kind: 'invite', field: textField(prefilledInvite)},
		cursor: 0,
		name,
		relayUrl,
	};
}

export function updateStart(facts: StartFacts, state: StartState, input: Input): StartState {
	if (input.type === 'key' && input.key === 'ctrl-c') return done(state, {choice: 'quit'});
	const {step} = state;
	switch (step.kind) {
		case 'choose':
			return updateChoose(facts, state, input);
		case 'invite': {
			if (input.type === 'key' && input.key === 'escape') return {...state, step: {kind: 'choose'}};
			if (input.type === 'key' && input.key === 'enter')
				return offerInvite(facts, state, fieldValue(step.field));
			const typed = input.type === 'paste' ? {...input, text: withoutSpaces(input.text)} : input;
			return {...state, step: {...step, field: editField(step.field, typed)}};
		}
		case 'merge': {
			if (input.type !== 'key') return state;
			if (input.key === 'y') return done(state, {choice: 'join', invite: step.invite, merge: true});
			if (input.key === 'n' || input.key === 'escape') {
				return {...state, step: {kind: 'invite', field: textField(step.invite)}};
			}
			return state;
		}
		case 'setting': {
			if (input.type === 'key' && input.key === 'escape') return {...state, step: {kind: 'choose'}};
			if (input.type === 'key' && input.key === 'enter') {
				const value = fieldValue(step.field).trim();
				// It would be kept, and keep every later start from beginning.
				if (isWrongSetting(facts, step.setting, value)) return state;
				return {...state, [step.setting]: value, step: {kind: 'choose'}};
			}
			return {...state, step: {...step, field: editField(step.field, input)}};
		}
		case 'done':
			return state;
	}
}

/** An empty one is none. */
export function isWrongSetting({isRelayUrl}: StartFacts, setting: EditedSetting, value: string): boolean {
	return setting === 'relayUrl' && value !== '' && !isRelayUrl(value);
}

function updateChoose(facts: StartFacts, state: StartState, input: Input): StartState {
	const options = startOptions(facts);
	if (input.type === 'paste') {
		// Whoever pastes here has an invite in the clipboard and wants to join.
		return {...state, step: {kind: 'invite', field: textField(withoutSpaces(input.text))}};
	}
	switch (input.key) {
		case 'up':
		case 'k':
			return {...state, cursor: moveCursor(state.cursor, 'up', options.length, 5)};
		case 'down':
		case 'j':
		case 'tab':
			return {...state, cursor: moveCursor(state.cursor, 'down', options.length, 5)};
		case 'enter':
			return chosen(state, options[state.cursor] ?? {kind: 'quit'});
		case 'n':
			return {...state, step: {kind: 'setting', setting: 'name', field: textField(state.name)}};
		case 'u':
			return {...state, step: {kind: 'setting', setting: 'relayUrl', field: textField(state.relayUrl)}};
		case 'q':
		case 'escape':
			return done(state, {choice: 'quit'});
		default:
			return state;
	}
}

function chosen(state: StartState, option: Option): StartState {
	switch (option.kind) {
		case 'host':
			return done(state, {choice: 'host'});
		case 'join':
			return {...state, step: {kind: 'invite', field: textField()}};
		case 'recent':
			return done(state, {choice: 'resume', root: option.recent.root});
		case 'quit':
			return done(state, {choice: 'quit'});
	}
}

function offerInvite(facts: StartFacts, state: StartState, typed: string): StartState {
	const invite = withoutSpaces(typed);
	if (!facts.parseInvite(invite).ok) return state;
	if (facts.folder.files > 0) return {...state, step: {kind: 'merge', invite}};
	return done(state, {choice: 'join', invite});
}

function done(state: StartState, result: StartResult): StartState {
	return {
		...state,
		step: {
			kind: 'done',
			result: {
				...result,
				name: state.name === '' ? undefined : state.name,
				relayUrl: state.relayUrl === '' ? undefined : state.relayUrl,
			},
		},
	};
}
