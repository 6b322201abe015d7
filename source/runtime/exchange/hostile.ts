/** The failure of a peer whose answer breaks the rules. */
import {Failure} from '../../protocol/failure.js';

/** `what` says which rule, for the log. */
export function hostileData(what: string, cause?: unknown): Failure {
	return new Failure('hostile_data', {severity: 'hostile', message: what, details: {what}, cause});
}
