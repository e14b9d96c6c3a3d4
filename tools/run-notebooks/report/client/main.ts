/** What makes a book of the page; without it, the page is one long text with links. */
import { startColourSwitch } from './colours';
import { followScrolling, startFolding } from './contents';
import { wakeOutputs } from './outputs';
import { focusOverflowing } from './overflow';
import { startSearch } from './search';

document.documentElement.classList.add('scripted');
startColourSwitch();
startSearch(startFolding());
followScrolling();
wakeOutputs();
focusOverflowing();
