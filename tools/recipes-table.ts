/**
 * README's table of recipes, from the runs that `npm run train` left: `node --import tsx tools/recipes-table.ts` prints it.
 *
 * A run is kept by copying its `run.json` and `result.json` to `notebooks/results/recipes/<recipe>-s<seed>/`.
 */
import path from 'node:path';
import { compareRuns } from '../lib/src/plot/compare-runs';
import { RECIPES } from '../lib/src/recipes/recipes';
import { type ComparedRun, loadRuns } from '../lib/src/train/run-folder';

export const RECIPE_RUNS = path.join(__dirname, '..', 'notebooks', 'results', 'recipes');

const HEAD = `| recipe | what it adds | epochs | seeds | validation | test | minutes |
|---|---|---|---|---|---|---|`;

/** One row a recipe, in their order; those without a run are left out. */
export async function recipesTable(folder = RECIPE_RUNS): Promise<string> {
  const runs = await loadRuns(folder);
  const rows = RECIPES.flatMap(({ name, description }) => {
    const own = runs.filter((run) => recipeOf(run) === name);
    if (own.length === 0) return [];
    return compareRuns(own).rows.map((row) => {
      const epochs = new Set(own.map(({ config }) => config.options.epochs));
      const cells = [
        ...[`\`${name}\``, description, [...epochs].join(', '), row.seeds, row.validationAccuracy],
        ...[row.testAccuracy ?? '', (row.seconds / 60).toFixed(1)],
      ];
      return `| ${cells.join(' | ')} |`;
    });
  });
  return [HEAD, ...rows].join('\n');
}

/** Of `whitened-s1`. */
function recipeOf({ name }: ComparedRun): string {
  return name.replace(/-s\d+$/, '');
}

if (require.main === module) {
  recipesTable().then(
    (table) => console.log(table),
    (error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
