/** What the guardrails need to know of TypeScript files, read from the compiler's own syntax trees. */
import { join, posix, relative, sep } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isFunctionLikeDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedImports,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface ImportFact {
  /** For a relative import the path inside the read folder (`kernel/ids.ts`), else as written (`node:fs`, `pg`). */
  readonly target: string;
  readonly relative: boolean;
  readonly typeOnly: boolean;
  /** Names taken from there. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface Place {
  readonly text: string;
  readonly line: number;
}

export interface SourceFacts {
  /** Inside the read folder, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  /** Names read from the surroundings: `process`, `Date.now`, `fetch`; `new Date()` and `Date()` without arguments. */
  readonly globals: readonly Place[];
  /** Texts of string and template literals, holes left out. */
  readonly strings: readonly Place[];
  /** `lines` without those of functions inside. */
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  /** Where the type `any` is written. */
  readonly anys: readonly number[];
}

interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly total: number;
  lines: number;
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
}

function addImport(
  to: Collector,
  specifier: Node | undefined,
  node: Node,
  typeOnly: boolean,
  names: readonly string[],
): void {
  if (specifier === undefined || !isStringLiteral(specifier)) return;
  const own = specifier.text.startsWith('.');
  const target = own ? posix.join(posix.dirname(to.path), specifier.text) : specifier.text;
  to.imports.push({ target, relative: own, typeOnly, names, line: to.line(node) });
}

function readImport(to: Collector, node: Node): void {
  if (isImportDeclaration(node)) {
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const elements = bindings !== undefined && isNamedImports(bindings) ? [...bindings.elements] : [];
    const everyType = elements.length > 0 && clause?.name === undefined && elements.every((one) => one.isTypeOnly);
    const typeOnly = clause?.phaseModifier === SyntaxKind.TypeKeyword || everyType;
    const names = elements.map((one) => (one.propertyName ?? one.name).getText());
    addImport(to, node.moduleSpecifier, node, typeOnly, names);
  } else if (isExportDeclaration(node)) {
    addImport(to, node.moduleSpecifier, node, node.isTypeOnly, []);
  } else if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) {
    addImport(to, node.argument.literal, node, true, []);
  } else if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    addImport(to, node.arguments[0], node, false, []);
  }
}

/** An identifier that names a value of its own, not a member, a key or an import. */
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

function visit(to: Collector, node: Node, outer: FunctionFact | null): void {
  readImport(to, node);
  readGlobal(to, node);
  readString(to, node);
  if (node.kind === SyntaxKind.AnyKeyword) to.anys.push(to.line(node));
  const own = isFunctionLikeDeclaration(node) ? openFunction(to, node) : null;
  node.forEachChild((child) => {
    visit(to, child, own ?? outer);
    return undefined;
  });
  if (own === null) return;
  // What is inside a function of its own is that function's length: a factory is not long for what it returns.
  if (outer !== null) outer.lines -= own.total - 1;
}

function openFunction(to: Collector, node: Node): FunctionFact {
  const line = to.line(node);
  const name = 'name' in node && node.name ? (node.name as Node).getText() : '(anonymous)';
  const total = to.lastLine(node) - line + 1;
  const fact = { name, line, total, lines: total };
  to.functions.push(fact);
  return fact;
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
  };
  visit(to, source, null);
  const lines = source.text.split('\n').length - (source.text.endsWith('\n') ? 1 : 0);
  return { ...to, lines };
}

/** Every file of `folder` (inside `root`, which has a tsconfig.json) that belongs to the program. */
export function readSources(root: string, folder: string): readonly SourceFacts[] {
  const base = join(root, folder);
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] });
    const project = snapshot.getProjects()[0];
    if (project === undefined) throw new Error(`no TypeScript project in ${root}`);
    const found: SourceFacts[] = [];
    for (const file of project.rootFiles) {
      const inside = relative(base, file);
      if (inside.startsWith('..')) continue;
      const source = project.program.getSourceFile(file);
      if (source) found.push(facts(inside.split(sep).join('/'), source));
    }
    return found;
  } finally {
    api.close();
  }
}
