/** A notebook's code as TypeScript modules under the strict options of this repository: tslab's own check is not strict. */
import path from 'node:path';
import ts from 'typescript';
import {
  cellSource,
  hasTag,
  isRunnable,
  type Notebook,
  RAISES_EXCEPTION,
} from '../../tools/run-notebooks/notebook-file';

const ROOT = path.join(__dirname, '..', '..');

/** One cell as a module that imports what the cells before it declare, as tslab compiles it: each on its own. */
interface CellModule {
  /** Notebook and cell, 1-based among the code cells. */
  readonly where: string;
  readonly text: string;
  /** Length of what stands before the cell's own source. */
  readonly offset: number;
  readonly failsOnPurpose: boolean;
}

/**
 * Type errors in notebooks, each as `01-name, cell 3, line 2: message`. A cell that fails on purpose may have some. The module
 * `resnet-lab` is taken from its source.
 *
 * @param notebooks by name
 */
export function typeErrors(notebooks: Readonly<Record<string, Notebook>>): string[] {
  const options = strictOptions();
  const modules = new Map(Object.entries(notebooks).flatMap(([name, notebook]) => modulesOf(name, notebook)));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => modules.has(path.normalize(file)) || fileExists(file);
  host.getSourceFile = (file, target, ...rest) => {
    const module = modules.get(path.normalize(file));
    return module ? ts.createSourceFile(file, module.text, target) : getSourceFile(file, target, ...rest);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules].flatMap(([file, { where, text, offset, failsOnPurpose }]) => {
    if (failsOnPurpose) return [];
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const line = text.slice(offset, start).split('\n').length;
      return `${where}, line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

function strictOptions(): ts.CompilerOptions {
  const file = path.join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  return {
    ...ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options,
    module: ts.ModuleKind.ESNext, // for await at the top
    baseUrl: ROOT,
    paths: { 'resnet-lab': ['lib/src/index.ts'] },
    noUnusedLocals: false, // what one cell declares, a later one or the reader may use
  };
}

function modulesOf(name: string, notebook: Notebook): [file: string, module: CellModule][] {
  const declaredIn = new Map<string, string>(); // name -> module of the latest cell that declares it
  return notebook.cells.filter(isRunnable).map((cell, index) => {
    const module = `${name}.cell-${index + 1}`;
    const source = cellSource(cell);
    const { names, exported } = declarations(source);
    const imports = [...declaredIn]
      .filter(([declared]) => !names.includes(declared))
      .map(([declared, from]) => `import { ${declared} } from './${from}';`);
    const prefix = `${imports.join(' ')}\n`;
    const exports = names.filter((declared) => !exported.includes(declared));
    for (const declared of names) declaredIn.set(declared, module);
    return [
      path.join(ROOT, 'notebooks', `${module}.ts`),
      {
        where: `${name}, cell ${index + 1}`,
        text: `${prefix}${source}\nexport { ${exports.join(', ')} };\n`,
        offset: prefix.length,
        failsOnPurpose: hasTag(cell, RAISES_EXCEPTION),
      },
    ];
  });
}

/** The names that a cell declares at its top level, imports included, and which of them it exports itself. */
function declarations(source: string): { names: string[]; exported: string[] } {
  const names = new Set<string>();
  const exported: string[] = [];
  const add = (name: ts.BindingName | undefined): void => {
    if (!name) return;
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name);
  };
  for (const statement of ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022).statements) {
    const before = new Set(names);
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) add(name);
    } else if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      add(name);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) add(namedBindings.name);
      else for (const element of namedBindings?.elements ?? []) add(element.name);
    } else if (isNamedDeclaration(statement)) {
      add(statement.name);
    }
    const isExported = ts.canHaveModifiers(statement) && hasExport(ts.getModifiers(statement));
    if (isExported) exported.push(...[...names].filter((name) => !before.has(name)));
  }
  return { names: [...names], exported };
}

function isNamedDeclaration(
  node: ts.Statement,
): node is
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.EnumDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node)
  );
}

function hasExport(modifiers: readonly ts.Modifier[] = []): boolean {
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}
