/**
 * Runs a session of one folder from start to end, drawn or line by line. Which session it is, is decided before
 * anything is changed; the screen or the lines are only a view of it.
 */
import {mkdirSync, realpathSync, rmdirSync, statSync} from 'node:fs';
import path from 'node:path';
import {type Session, type SessionEnd} from '../core/session.js';
import {type ExitCode, exitCodeOf, failureSentence} from '../core/text.js';
import {runHeadless} from '../headless/run-headless.js';
import {Failure} from '../protocol/failure.js';
import {startControlServer} from '../runtime/control-server.js';
import {startSession} from '../runtime/session.js';
import {type SessionOptions} from '../runtime/session-options.js';
import {defaultName} from '../settings/default-name.js';
import {type SettingsStore} from '../settings/settings.js';
import {type Choices, cleanName} from './choices.js';
import {drawSession, drawStart} from './draw-session.js';
import {hasSession} from './find-root.js';
import {type Log} from './open-log.js';
import {readInvite} from './read-invite.js';
import {reportSentence, usageFailure} from './report-failure.js';
import {watchSignals, type SignalWatch} from './signals.js';
import {type Target} from './session-target.js';
import {isInteractive, type Terminal} from './terminal.js';

export type SessionRun = {
	readonly terminal: Terminal;
	readonly command: 'open' | 'host' | 'join';
	readonly words: readonly string[];
	readonly settings: SettingsStore;
	readonly choices: Choices;
	readonly merge: boolean;
	readonly json: boolean;
	readonly headless: boolean;
	readonly log: Log;
};

const startingAfterMs = 1000;
const startingText = 'Looking for the relay and for peers in this network …\n';

/** Throws Failure for what keeps the session from starting. */
export async function runSession(run: SessionRun): Promise<ExitCode> {
	const target = await findTarget(run);
	if (target === undefined) return 0; // the person left the start screen
	const made = makeFolder(target);
	const signals = watchSignals();
	try {
		const options = await optionsFor(run, target);
		const session = await sayingSo(run, async () => signals.race(startSession(options)));
		return await runStarted(run, session, signals);
	} catch (error) {
		if (made) removeIfEmpty(target.folder);
		throw error;
	} finally {
		signals.stop();
	}
}

/** A screen is drawn once the session is there; what takes longer than a moment is said before it. */
async function sayingSo<T>({terminal, headless}: SessionRun, start: () => Promise<T>): Promise<T> {
	if (headless || !isInteractive(terminal)) return start();
	const timer = setTimeout(() => terminal.stderr.write(startingText), startingAfterMs);
	try {
		return await start();
	} finally {
		clearTimeout(timer);
	}
}

async function runStarted(run: SessionRun, session: Session, signals: SignalWatch): Promise<ExitCode> {
	const {root, sessionId} = session.getSnapshot().session;
	const control = await startControlServer(session, root).catch(async (error: unknown) => {
		await session.stop();
		throw error;
	});
	run.settings.remember({
		root,
		sessionId,
		role: session.getSnapshot().self.role,
		openedAt: Date.now(),
	});
	signals.onSignal(() => void session.stop());
	try {
		const end = await view(run, session);
		await session.stop();
		return report(run, end, signals);
	} finally {
		await control.close();
	}
}

async function view(run: SessionRun, session: Session): Promise<SessionEnd> {
	const {terminal, json} = run;
	if (!run.headless && isInteractive(terminal)) return drawSession(terminal, session);
	// Whoever reads us is gone, and with them the reason to go on.
	terminal.stdout.once('error', () => void session.stop());
	return runHeadless(session, {json, sink: terminal.stdout, now: () => Date.now()});
}

function report({terminal, json}: SessionRun, end: SessionEnd, signals: SignalWatch): ExitCode {
	if (end.failure) {
		const {code, details} = end.failure;
		reportSentence(terminal, {code, message: failureSentence(code, details)}, json ? 'event' : 'text');
		return end.exitCode === 0 ? exitCodeOf(code) : end.exitCode;
	}
	// SIGTERM asks for an orderly end, which this was.
	return signals.received() === 'SIGINT' ? 130 : end.exitCode;
}

async function findTarget(run: SessionRun): Promise<Target | undefined> {
	const {terminal, command, words, merge, choices, settings} = run;
	const folder = path.resolve(terminal.folder, words[0] ?? '.');
	switch (command) {
		case 'host':
			return {folder, choices, mode: {kind: 'host'}};
		case 'join': {
			const {invite, folder: into} = await readInvite(terminal, words);
			return {folder: into, choices, mode: {kind: 'join', invite, merge}};
		}
		case 'open':
			if (hasSession(folder)) return {folder, choices, mode: {kind: 'resume'}};
			if (!run.headless && isInteractive(terminal)) return drawStart(terminal, {folder, settings, choices});
			throw usageFailure(
				`${folder} has no session yet: host one (pulsync-tui host) or join one (pulsync-tui join).`,
			);
	}
}

async function optionsFor({log}: SessionRun, {folder, mode, choices}: Target): Promise<SessionOptions> {
	const root = realpathSync(folder);
	const {host, port, advertise, relayUrl} = choices;
	return {
		root,
		name: choices.name ?? cleanName(await defaultName(root)) ?? 'someone',
		pin: choices.pin,
		relayUrls: relayUrl === undefined ? undefined : [relayUrl],
		mode,
		embeddedRelay: {host, port, advertise: advertise ?? boundAddress(host)},
		relayToken: choices.relayToken,
		stun: choices.stun,
		turn: choices.turn,
		limitUp: choices.limitUp,
		limitDown: choices.limitDown,
		log,
	};
}

/** A relay that listens on one address alone is reached there and nowhere else. */
function boundAddress(host: string | undefined): string | undefined {
	return host === undefined || host.includes(':') || host === '0.0.0.0' ? undefined : host;
}

/** Makes the folder to join into where it does not exist; true if it did. */
function makeFolder({folder, mode}: Target): boolean {
	const found = statSync(folder, {throwIfNoEntry: false});
	if (found?.isDirectory()) return false;
	if (found || mode.kind !== 'join') {
		throw new Failure('folder_missing', {severity: 'fatal', details: {path: folder}});
	}
	try {
		mkdirSync(folder);
		return true;
	} catch (cause) {
		throw new Failure('folder_missing', {severity: 'fatal', details: {path: folder}, cause});
	}
}

/** A join that failed leaves nothing behind. */
function removeIfEmpty(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {
		// Something is in it by now, so it stays.
	}
}
