/** Which files of a project hold ignore rules. */
import {type Path} from '../protocol/content.js';

/**
 * True for a file whose content is a rule: after its change everything below its folder is looked at again. A disk that is
 * blind to case gives git the file in any spelling; elsewhere another spelling costs a look and changes nothing.
 */
export function isRuleFile(path: Path): boolean {
	return /(?:^|\/)\.gitignore$/i.test(path);
}
