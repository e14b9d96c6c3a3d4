import { article, articleAugmented, articleCycle, articleTuned } from './article';
import type { Recipe } from './recipe';
import { resNet20 } from './resnet20';
import { whitened, whitenedAll, whitenedPlain } from './whitened';

/** All recipes, each one step further than the one before, and the paper's. */
export const RECIPES: readonly Recipe[] = [
  article,
  articleCycle,
  articleAugmented,
  articleTuned,
  whitenedPlain,
  whitened,
  whitenedAll,
  resNet20,
];

/** @throws RangeError for a name that no recipe has, with those that there are */
export function recipe(name: string): Recipe {
  const found = RECIPES.find((each) => each.name === name);
  if (found) return found;
  throw new RangeError(`invalid recipe; not one of ${RECIPES.map((each) => each.name).join(', ')}: ${name}`);
}
