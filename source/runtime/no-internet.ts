/** Tells a machine without any way out from a relay that is away: the person needs to look at other things. */
import {machineInterfaces} from '../transport/machine-interfaces.js';

/** The system has no route, or no name service answers it. */
const noWayOut = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

/** Where there is a network, these say that one name or host is wrong; where there is none, systems say them for all. */
const perhapsNoWayOut = new Set(['ENOTFOUND', 'EHOSTUNREACH', 'EADDRNOTAVAIL']);

/** True where dialling failed since nothing outside of this machine can be reached; `interfaces` for tests. */
export function isNoInternet(error: unknown, interfaces = machineInterfaces()): boolean {
	const code = systemCode(error);
	if (noWayOut.has(code)) return true;
	return (
		perhapsNoWayOut.has(code) &&
		Object.values(interfaces)
			.flat()
			.every((entry) => entry?.internal)
	);
}

/** The system's code of an error, or of what caused it. */
function systemCode(error: unknown): string {
	if (!(error instanceof Error)) return '';
	return 'code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code)
		? error.code
		: systemCode(error.cause);
}
