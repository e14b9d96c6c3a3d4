import { article, articleAugmented, articleCycle, articleTuned } from './article';
import { plain20, plain56, resNet20, resNet56 } from './papers';
import type { Recipe } from './recipe';
import { whitened, whitenedAll, whitenedPlain, whitenedSwish } from './whitened';

/** All recipes, each one step further than the one before, and those of the paper. */
export const RECIPES: readonly Recipe[] = [
  article,
  articleCycle,
  articleAugmented,
  articleTuned,
  whitenedPlain,
  whitened,
  whitenedAll,
  whitenedSwish,
  ...[resNet20, plain20, resNet56, plain56],
];

/** @throws RangeError for a name that no recipe has, with those that there are */
export function recipe(name: string): Recipe {
  const found = RECIPES.find((each) => each.name === name);
  if (found) return found;
  throw new RangeError(`invalid recipe; not one of ${RECIPES.map((each) => each.name).join(', ')}: ${name}`);
}
