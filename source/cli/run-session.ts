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
import {type SessionOptions} from '../runtime/session-options.js';
import {defaultName} from '../settings/default-name.js';
import {defaultKept} from '../runtime/tidying.js';
import {type SettingsStore} from '../settings/settings.js';
import {type Choices, cleanName} from './choices.js';
import {type Screen} from './draw-session.js';
import {findSession, hasSession, wasLeft} from './find-root.js';
import {forgetLostTerminal} from './lost-terminal.js';
import {type Log} from './open-log.js';
import {readInvite} from './read-invite.js';
import {reportSentence, usageFailure} from './report-failure.js';
import {watchSignals, type SignalWatch} from './signals.js';
import {type Target} from './session-target.js';
import {canDraw, type Terminal} from './terminal.js';
import {usageText} from './usage-text.js';

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

/** Throws Failure for what keeps the session from starting. */
export async function runSession(run: SessionRun): Promise<ExitCode> {
	forgetLostTerminal();
	const screen = await openScreen(run);
	try {
		const target = await findTarget(run, screen);
		return target === undefined ? 0 : await runTarget(run, target, screen); // 0: the person left the start screen
	} finally {
		screen?.close();
	}
}

/** Undefined where lines are written instead. */
async function openScreen({terminal, headless, choices}: SessionRun): Promise<Screen | undefined> {
	if (headless || !canDraw(terminal)) return undefined;
	const {Screen} = await import('./draw-session.js');
	return new Screen(terminal, choices.look);
}

async function runTarget(run: SessionRun, target: Target, screen: Screen | undefined): Promise<ExitCode> {
	const made = makeFolder(target);
	const signals = watchSignals();
	const start = async () => {
		const {startSession} = await import('../runtime/session.js');
		screen?.preload();
		return signals.race(startSession(await optionsFor(run, target)));
	};
	try {
		// In raw mode ^C is a key; it means what it would mean without a screen.
		const quit = () => process.kill(process.pid, 'SIGINT');
		const session = await (screen ? screen.whileOpening(target, quit, start) : start());
		return await runStarted({...run, choices: target.choices}, session, signals, screen);
	} catch (error) {
		if (made) removeIfEmpty(target.folder);
		throw isOfInvite(error, target) ? withDetails(error, {place: 'invite'}) : error;
	} finally {
		signals.stop();
	}
}

async function runStarted(
	run: SessionRun,
	session: Session,
	signals: SignalWatch,
	screen: Screen | undefined,
): Promise<ExitCode> {
	const {root, sessionId} = session.getSnapshot().session;
	const {startControlServer} = await import('../runtime/control-server.js');
	const control = await startControlServer(session, root).catch(async (error: unknown) => {
		await session.stop();
		throw error;
	});
	const {role} = session.getSnapshot().self;
	void run.settings.remember({root, sessionId, role, openedAt: Date.now()});
	signals.onSignal(() => void session.stop());
	try {
		const end = await (screen
			? screen.drawSession(session, run.settings, run.choices)
			: writeLines(run, session));
		await session.stop();
		if (wasLeft(root)) await run.settings.forget(root);
		return report(run, end, signals);
	} finally {
		await control.close();
	}
}

async function writeLines({terminal, json}: SessionRun, session: Session): Promise<SessionEnd> {
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

async function findTarget(run: SessionRun, screen: Screen | undefined): Promise<Target | undefined> {
	const {terminal, command, words, merge, choices, settings} = run;
	const folder = path.resolve(terminal.folder, words[0] ?? '.');
	switch (command) {
		case 'host':
			refuseInside(folder);
			return {folder, choices, mode: {kind: 'host'}};
		case 'join': {
			const {invite, folder: into} = await readInvite(terminal, words);
			refuseInside(into);
			return {folder: into, choices, mode: {kind: 'join', invite, merge}};
		}
		case 'open': {
			const root = hasSession(folder) ? folder : findSession(folder);
			if (root !== undefined) return {folder: root, choices, mode: {kind: 'resume'}};
			if (screen) return screen.chooseTarget({folder, settings, choices});
			throw usageFailure(usageText.noSession(folder));
		}
	}
}

/** What two sessions sync, both would change. A folder that has one already goes on with it. */
function refuseInside(folder: string): void {
	if (hasSession(folder)) return;
	const root = findSession(folder);
	if (root === undefined) return;
	throw new Failure('inside_project', {severity: 'fatal', details: {path: folder, root}});
}

async function optionsFor({log}: SessionRun, {folder, mode, choices}: Target): Promise<SessionOptions> {
	const root = realpathSync(folder);
	const {host, port, advertise, relayUrl, hostRelayUrl} = choices;
	return {
		root,
		name: choices.name ?? cleanName(await defaultName(root)) ?? 'someone',
		nameNow: choices.nameNow,
		ownName: choices.ownName,
		pin: choices.pin,
		relayUrls: relayUrl === undefined ? undefined : [relayUrl],
		hostRelayUrls: hostRelayUrl === undefined ? undefined : [hostRelayUrl],
		mode,
		embeddedRelay: {host, port, advertise: advertise ?? boundAddress(host)},
		relayToken: choices.relayToken,
		stun: choices.stun,
		turn: choices.turn,
		limitUp: choices.limitUp,
		limitDown: choices.limitDown,
		kept: {
			days: choices.keepDays ?? defaultKept.days,
			bytes: choices.keepBytes ?? defaultKept.bytes,
		},
		log,
	};
}

/** A relay that listens on one address alone is reached there and nowhere else. */
function boundAddress(host: string | undefined): string | undefined {
	return host === undefined || host.includes(':') || host === '0.0.0.0' ? undefined : host;
}

/** Nobody answered where the invite, and nothing else, sent us. */
function isOfInvite(error: unknown, {mode, choices}: Target): error is Failure {
	if (mode.kind !== 'join' || choices.relayUrl !== undefined || !(error instanceof Failure)) return false;
	return error.code === 'relay_unreachable' && error.details.url !== undefined;
}

function withDetails(failure: Failure, details: Record<string, string>): Failure {
	const {code, severity} = failure;
	return new Failure(code, {severity, details: {...failure.details, ...details}, cause: failure});
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
		throw new Failure('folder_missing', {
			severity: 'fatal',
			details: {path: folder, above: path.dirname(folder)},
			cause,
		});
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
