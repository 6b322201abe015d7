/** Turns what the disk and the system say into failures with codes, so that no raw error leaves this folder. */
import {Failure, type FailureCode} from '../protocol/failure.js';

/** The system's code of an error (`ENOENT`, …), if it has one. */
export function systemCode(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const diskCodes: Readonly<Record<string, FailureCode>> = {
	ENOSPC: 'disk_full',
	EDQUOT: 'disk_full',
	EROFS: 'folder_not_writable',
	EACCES: 'folder_not_writable',
	EPERM: 'folder_not_writable',
};

/** A failure as it is; a system error as `disk_full`, `folder_not_writable` or `store_io`; a bug as it is. */
export function toStoreFailure(error: unknown): unknown {
	const code = systemCode(error);
	if (error instanceof Failure || code === undefined || !/^E[A-Z0-9]+$/.test(code)) {
		return error;
	}

	return new Failure(diskCodes[code] ?? 'store_io', {
		severity: 'fatal',
		cause: error,
		details: {reason: code, path: '.pulsync'},
	});
}

/** Runs disk work and words its errors; `cleanUp` runs on failure alone and its own errors are dropped. */
export async function withStoreFailures<T>(
	work: () => Promise<T>,
	cleanUp?: () => Promise<unknown>,
): Promise<T> {
	try {
		return await work();
	} catch (error) {
		// The first error is the one that tells; a second one from cleaning up would hide it.
		await cleanUp?.().catch(() => undefined);
		throw toStoreFailure(error);
	}
}

/** Data from a peer that breaks the rules. `reason` is for the log and the peer's line on the screen. */
export function hostileData(reason: string, details: Record<string, string | number> = {}): Failure {
	return new Failure('hostile_data', {severity: 'hostile', details: {...details, reason}});
}

/** Something in our own store cannot be read as what it has to be. */
export function storeDamaged(reason: string, details: Record<string, string | number> = {}): Failure {
	return new Failure('store_damaged', {severity: 'fatal', details: {...details, reason}});
}

/** What a stopped operation rejects with: the failure that it was stopped with, else `aborted`. */
export function abortFailure(signal: AbortSignal | undefined): Failure {
	const reason: unknown = signal?.reason;
	return reason instanceof Failure ? reason : new Failure('aborted', {cause: reason});
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted) {
		throw abortFailure(signal);
	}
}
