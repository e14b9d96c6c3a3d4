/** Runs in the page's head, so that a page of the chosen colours is the first that is painted. */
import { chosenColours, useColours } from './colours';

useColours(chosenColours());
