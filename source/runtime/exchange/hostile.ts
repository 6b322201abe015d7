/** The failure of a peer whose answer breaks the rules. */
import {Failure} from '../../protocol/failure.js';

/** `reason` says which rule. */
export function hostileData(reason: string, cause?: unknown): Failure {
	return new Failure('hostile_data', {severity: 'hostile', details: {reason}, cause});
}

/** True for failures that say the peer's data is wrong, whoever found it. */
export function isHostile(error: unknown): error is Failure {
	return error instanceof Failure && error.severity === 'hostile';
}
