/** Facts about TypeScript files that the rules need, read from the compiler's syntax trees. */
import { join, posix, relative, sep } from 'node:path';
import {
  isArrayBindingPattern,
  isBindingElement,
  isCallExpression,
  isClassDeclaration,
  isClassExpression,
  isExportAssignment,
  isExportDeclaration,
  isFunctionLikeDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isObjectBindingPattern,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isVariableDeclaration,
  isVariableStatement,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface ImportFact {
  /** A path inside the folder that was read (`kernel/ids.ts`) if the import is relative, else as written (`node:fs`, `pg`). */
  readonly target: string;
  readonly relative: boolean;
  readonly typeOnly: boolean;
  /** `import()`: loaded when it is reached, not with the file. */
  readonly dynamic: boolean;
  /** The imported names. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface Place {
  readonly text: string;
  readonly line: number;
}

export interface SourceFacts {
  /** Path inside the folder that was read, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  /** Uses of global names, such as `process`, `Date.now`, `fetch`; also `new Date()` and `Date()` without arguments. */
  readonly globals: readonly Place[];
  /** Texts of string and template literals, without their expressions. */
  readonly strings: readonly Place[];
  /** `lines` includes the functions inside. */
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  /** Lines where the type `any` is written. */
  readonly anys: readonly number[];
  /** Names other files can import, values and types alike; `default`, and `*` for all names of another file. */
  readonly exports: readonly string[];
  /** Classes that extend a class whose name ends in `Error`. */
  readonly errorClasses: readonly Place[];
}

interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

interface Collector {
  readonly path: string;
  readonly line: (node: Node) => number;
  readonly lastLine: (node: Node) => number;
  readonly imports: ImportFact[];
  readonly globals: Place[];
  readonly strings: Place[];
  readonly functions: FunctionFact[];
  readonly anys: number[];
  readonly exports: string[];
  readonly errorClasses: Place[];
}

interface Taken {
  readonly typeOnly: boolean;
  readonly dynamic?: boolean;
  readonly names?: readonly string[];
}

function addImport(to: Collector, specifier: Node | undefined, node: Node, taken: Taken): void {
  if (specifier === undefined || !isStringLiteral(specifier)) return;
  const own = specifier.text.startsWith('.');
  const target = own ? posix.join(posix.dirname(to.path), specifier.text) : specifier.text;
  const { typeOnly, dynamic = false, names = [] } = taken;
  to.imports.push({ target, relative: own, typeOnly, dynamic, names, line: to.line(node) });
}

function readImport(to: Collector, node: Node): void {
  if (isImportDeclaration(node)) {
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const elements = bindings !== undefined && isNamedImports(bindings) ? [...bindings.elements] : [];
    const everyType = elements.length > 0 && clause?.name === undefined && elements.every((one) => one.isTypeOnly);
    const typeOnly = clause?.phaseModifier === SyntaxKind.TypeKeyword || everyType;
    const names = elements.map((one) => (one.propertyName ?? one.name).getText());
    addImport(to, node.moduleSpecifier, node, { typeOnly, names });
  } else if (isExportDeclaration(node)) {
    addImport(to, node.moduleSpecifier, node, { typeOnly: node.isTypeOnly });
  } else if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) {
    addImport(to, node.argument.literal, node, { typeOnly: true });
  } else if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    addImport(to, node.arguments[0], node, { typeOnly: false, dynamic: true });
  }
}

/** An identifier that is no member, key or import. */
function readGlobal(to: Collector, node: Node): void {
  if (isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) {
    to.globals.push({ text: 'new Date()', line: to.line(node) });
  }
  if (isCallExpression(node) && node.expression.getText() === 'Date')
    to.globals.push({ text: 'Date()', line: to.line(node) });
  if (!isIdentifier(node)) return;
  const { parent } = node;
  if (isPropertyAccessExpression(parent) && parent.name === node) return;
  if (isPropertyAssignment(parent) && parent.name === node) return;
  const member = isPropertyAccessExpression(parent) ? `.${parent.name.getText()}` : '';
  to.globals.push({ text: `${node.getText()}${member}`, line: to.line(node) });
}

function readString(to: Collector, node: Node): void {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node))
    to.strings.push({ text: node.text, line: to.line(node) });
  else if (isTemplateExpression(node)) {
    const text = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join(' ');
    to.strings.push({ text, line: to.line(node) });
  }
}

const nameOf = (node: Node): string => ('name' in node && node.name ? (node.name as Node).getText() : '(anonymous)');

/** `export const { a, b } = …` names each of its parts. */
const namesBound = (name: Node | undefined): readonly string[] => {
  if (name === undefined) return [];
  return isObjectBindingPattern(name) || isArrayBindingPattern(name)
    ? name.elements.flatMap((element) => (isBindingElement(element) ? namesBound(element.name) : []))
    : [name.getText()];
};

/** Reads top-level statements only. */
function readExport(to: Collector, statement: Node): void {
  if (isExportAssignment(statement)) to.exports.push('default');
  if (isExportDeclaration(statement)) {
    const { exportClause } = statement;
    if (exportClause === undefined) to.exports.push('*');
    else if (isNamedExports(exportClause)) to.exports.push(...exportClause.elements.map((one) => one.name.getText()));
    else to.exports.push(exportClause.name.getText());
  }
  const modifiers = 'modifiers' in statement ? ((statement.modifiers ?? []) as Iterable<Node>) : [];
  const kinds = new Set([...modifiers].map(({ kind }) => kind));
  if (!kinds.has(SyntaxKind.ExportKeyword)) return;
  if (kinds.has(SyntaxKind.DefaultKeyword)) to.exports.push('default');
  else if (isVariableStatement(statement))
    to.exports.push(...statement.declarationList.declarations.flatMap((one) => namesBound(one.name)));
  else to.exports.push(nameOf(statement));
}

function readErrorClass(to: Collector, node: Node): void {
  if (!isClassDeclaration(node) && !isClassExpression(node)) return;
  const parents = (node.heritageClauses ?? []).flatMap((clause) => clause.types.map((one) => one.expression.getText()));
  if (parents.some((parent) => /(?:^|\.)\w*Error$/.test(parent)))
    to.errorClasses.push({ text: nameOf(node), line: to.line(node) });
}

function readFunction(to: Collector, node: Node): void {
  if (!isFunctionLikeDeclaration(node)) return;
  const line = to.line(node);
  const name = nameOf(isVariableDeclaration(node.parent) ? node.parent : node);
  to.functions.push({ name, line, lines: to.lastLine(node) - line + 1 });
}

function visit(to: Collector, node: Node): void {
  readImport(to, node);
  readGlobal(to, node);
  readString(to, node);
  readErrorClass(to, node);
  readFunction(to, node);
  if (node.kind === SyntaxKind.AnyKeyword) to.anys.push(to.line(node));
  node.forEachChild((child) => {
    visit(to, child);
    return undefined;
  });
}

function facts(path: string, source: SourceFile): SourceFacts {
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const to: Collector = {
    path,
    line: (node) => lineOf(node.getStart(source)),
    lastLine: (node) => lineOf(node.getEnd()),
    imports: [],
    globals: [],
    strings: [],
    functions: [],
    anys: [],
    exports: [],
    errorClasses: [],
  };
  for (const statement of source.statements) readExport(to, statement);
  visit(to, source);
  const lines = source.text.split('\n').length - (source.text.endsWith('\n') ? 1 : 0);
  return { ...to, lines };
}

/** Facts of all files of the program in `folders`, one list per folder. `root` holds the tsconfig.json. */
export function readFolders(root: string, folders: readonly string[]): readonly (readonly SourceFacts[])[] {
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] });
    const project = snapshot.getProjects()[0];
    if (project === undefined) throw new Error(`no TypeScript project in ${root}`);
    const { rootFiles, program } = project;
    return folders.map((folder) =>
      rootFiles.flatMap((file) => {
        const inside = relative(join(root, folder), file);
        const source = inside.startsWith('..') ? undefined : program.getSourceFile(file);
        return source ? [facts(inside.split(sep).join('/'), source)] : [];
      }),
    );
  } finally {
    api.close();
  }
}

export const readSources = (root: string, folder: string): readonly SourceFacts[] =>
  readFolders(root, [folder])[0] ?? [];
