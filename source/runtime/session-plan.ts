/**
 * Which session a folder is about to run: the one that it belongs to, a new one that it founds, or one that it joins.
 * Refuses before anything is changed.
 */
import {Failure} from '../protocol/failure.js';
import {decodeBase64Url, encodeBase64Url} from '../protocol/ids.js';
import {relayUrls} from '../protocol/invite.js';
import {createIdentity, importIdentity, type Identity} from '../transport/identity.js';
import {createSecret, deriveSession, type SessionKeys} from '../transport/session-keys.js';
import {isEmptyProject} from '../workspace/project-files.js';
import {type SessionFile} from '../workspace/session-file.js';
import {normalizeRelayUrl} from './invite-addresses.js';
import {type FolderState} from './session-folder.js';
import {type SessionOptions} from './session-options.js';
import {sessionWords} from './session-words.js';

export type SessionPlan = {
	readonly identity: Identity;
	readonly secret: Uint8Array;
	readonly keys: SessionKeys;
	/** Empty until the relay has told a first joiner, who checks it against the invite. */
	readonly founderKey: string;
	readonly role: 'host' | 'member';
	/** Relay addresses; empty: this host embeds one. */
	readonly relayUrls: readonly string[];
	/** Never admitted before: nothing may be changed in the folder until a relay has admitted us. */
	readonly isNew: boolean;
	readonly merge: boolean;
	readonly former?: SessionFile;
	/** The folder is a copy of one that had this session. */
	readonly isCopy: boolean;
};

export async function planSession(options: SessionOptions, folder: FolderState): Promise<SessionPlan> {
	const {mode, root} = options;
	const former = folder.session;
	const formerIdentity = folder.keyPem === undefined ? undefined : importIdentity(folder.keyPem);
	if (former) {
		if (mode.kind === 'join' && mode.invite.sessionId !== former.session_id) {
			throw new Failure('other_session', {severity: 'fatal'});
		}
		if (!formerIdentity) throw new Failure('session_unreadable', {severity: 'fatal', details: {path: root}});
		return resumed(options, former, folder.isCopy ? createIdentity() : formerIdentity, folder);
	}
	switch (mode.kind) {
		case 'resume':
			throw new Failure('no_session', {severity: 'fatal', details: {path: root}});
		case 'host':
			return founded(options, formerIdentity ?? createIdentity());
		case 'join': {
			if (!mode.merge && !(await isEmptyProject(root))) {
				throw new Failure('folder_not_empty', {severity: 'fatal', details: {path: root}});
			}
			const {invite} = mode;
			const keys = {
				...deriveSession({secret: invite.secret, founderPublicKey: ''}),
				sessionId: invite.sessionId,
			};
			return {
				identity: formerIdentity ?? createIdentity(),
				secret: invite.secret,
				keys,
				founderKey: '',
				role: 'member',
				relayUrls: options.relayUrls ?? relayUrls(invite),
				isNew: true,
				merge: mode.merge,
				isCopy: false,
			};
		}
	}
}

function founded(options: SessionOptions, identity: Identity): SessionPlan {
	const secret = createSecret();
	return {
		identity,
		secret,
		keys: deriveSession({secret, founderPublicKey: identity.publicKey}),
		founderKey: identity.publicKey,
		role: 'host',
		relayUrls: options.relayUrls ?? options.hostRelayUrls?.map((url) => normalizeRelayUrl(url)) ?? [],
		isNew: true,
		merge: false,
		isCopy: false,
	};
}

function resumed(
	options: SessionOptions,
	former: SessionFile,
	identity: Identity,
	{isCopy, isPortTaken}: FolderState,
): SessionPlan {
	const secret = decodeBase64Url(former.secret);
	if (secret === undefined)
		throw new Failure('session_unreadable', {severity: 'fatal', details: {path: options.root}});
	const keys = deriveSession({secret, founderPublicKey: former.founder_key});
	if (keys.sessionId !== former.session_id) {
		throw new Failure('session_unreadable', {severity: 'fatal', details: {path: options.root}});
	}
	const invited = options.mode.kind === 'join' ? relayUrls(options.mode.invite) : [];
	const known = [...new Set([...invited, ...former.relay_urls])];
	const hadRelay = former.role === 'host' && former.relay_port !== undefined;
	// A copy joins its original, which runs on this machine. Where nobody has the port, the folder was moved or restored, and without
	// a relay the session would be over.
	const joinsOriginal = hadRelay && isCopy && isPortTaken !== false;
	if (joinsOriginal) known.push(`ws://127.0.0.1:${former.relay_port}/ws`);
	const embeds = hadRelay && !joinsOriginal;
	return {
		identity,
		secret,
		keys,
		founderKey: former.founder_key,
		role: isCopy && !embeds ? 'member' : former.role,
		relayUrls: options.relayUrls ?? (embeds ? [] : known),
		isNew: false,
		merge: options.mode.kind === 'join' && options.mode.merge,
		former,
		isCopy,
	};
}

/** The plan of a first joiner, once the relay has said who founded the session. */
export function withFounder(plan: SessionPlan, founderKey: string): SessionPlan {
	const keys = deriveSession({secret: plan.secret, founderPublicKey: founderKey});
	if (keys.sessionId !== plan.keys.sessionId) {
		throw new Failure('wrong_founder', {
			severity: 'hostile',
			message: sessionWords.otherFounder,
		});
	}
	return {...plan, keys, founderKey};
}

/** What this peer is called in this run. */
export function nameOf({name, nameNow, ownName}: SessionOptions, former: SessionFile | undefined): string {
	const kept = ownName === null ? undefined : former?.own_name;
	return ownName ?? nameNow ?? kept ?? name;
}

/** What session.json holds of a plan. */
export function sessionFileOf(
	plan: SessionPlan,
	{name, ownName}: Pick<SessionOptions, 'name' | 'ownName'>,
	at: number,
): Omit<SessionFile, 'mark' | 'place'> {
	return {
		...plan.former,
		session_id: plan.keys.sessionId,
		secret: encodeBase64Url(plan.secret),
		founder_key: plan.founderKey,
		relay_urls: [...plan.relayUrls],
		role: plan.role,
		name,
		own_name: ownName === undefined ? plan.former?.own_name : (ownName ?? undefined),
		created_at: plan.former?.created_at ?? at,
	};
}
