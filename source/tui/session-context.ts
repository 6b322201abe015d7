/** What every screen of a session needs, handed down from the app. */
import {createContext, useContext} from 'react';
import {type Session} from '../core/session.js';
import {type State} from '../core/state.js';
import {type Kept} from './kept.js';
import {type Screen} from './navigation.js';
import {type SettingsDoor} from './settings-rows.js';
import {type SettleGuard} from './hooks/use-settle-guard.js';
import {type Undo} from './hooks/use-undo.js';
import {type Prompt} from './views/prompt.js';
import {type Question} from './views/question.js';

/** Opens text in the person's editor and answers with what it was left as. */
export type EditText = (file: {readonly name: string; readonly text: string}) => Promise<string>;

/** Puts a text that was written by hand and is not taken where it can be found again; answers with the file. */
export type KeepText = (file: {readonly name: string; readonly text: string}) => Promise<string>;

/** Opens the sides of a conflict in the person's merge tool and answers with what the merged file was left as. */
export type MergeTool = (sides: {
	readonly name: string;
	readonly base: string;
	readonly mine: string;
	readonly theirs: string;
	/** What the tool starts with. */
	readonly merged: string;
}) => Promise<string>;

export type SessionContextValue = {
	readonly session: Session;
	readonly state: State;
	readonly width: number;
	readonly editText: EditText | undefined;
	readonly mergeTool: MergeTool | undefined;
	readonly keepText: KeepText | undefined;
	readonly settings: SettingsDoor | undefined;
	/** What the list of the open screen is narrowed to; empty: not at all. */
	readonly filter: string;
	/** What the open screen is to come back to. */
	readonly kept: Kept;
	readonly open: (screen: Screen) => void;
	readonly back: () => void;
	/** Shows a sentence in the footer for a few seconds. */
	readonly notify: (sentence: string) => void;
	/** Runs work and words its failure in the footer. */
	readonly attempt: (work: () => Promise<void>) => void;
	readonly ask: (question: Question) => void;
	/** Lets a line be typed at the lower edge. */
	readonly prompt: (prompt: Prompt) => void;
	readonly undo: Undo;
	readonly settleGuard: SettleGuard;
};

export const SessionContext = createContext<SessionContextValue | undefined>(undefined);

export function useSession(): SessionContextValue {
	const value = useContext(SessionContext);
	if (!value) throw new Error('A session screen is drawn outside of a session.');
	return value;
}
