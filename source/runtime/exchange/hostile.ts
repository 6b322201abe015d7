/** The failure of a peer whose answer breaks the rules. */
import {Failure} from '../../protocol/failure.js';

/** `reason` says which rule. */
export function hostileData(reason: string, cause?: unknown): Failure {
	return new Failure('hostile_data', {severity: 'hostile', details: {reason}, cause});
}
