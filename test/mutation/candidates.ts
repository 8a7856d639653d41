/** The small changes that are tried. Each replaces one piece of a file's text, found in the compiler's syntax tree. */
import {
  isArrayLiteralExpression,
  isBinaryExpression,
  isCallExpression,
  isConditionalExpression,
  isExpressionStatement,
  isIfStatement,
  isImportDeclaration,
  isNewExpression,
  isNumericLiteral,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTypeNode,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';

export interface Candidate {
  /** Path inside the repository. */
  readonly path: string;
  readonly line: number;
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

type Report = (operator: string, node: Node, after: string) => void;

const OTHER_OPERATOR: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '+=': ['-='],
  '-=': ['+='],
  '&&': ['||'],
  '||': ['&&'],
};

/** Calls that return the kind of value they are called on: the code still makes sense without them. */
const OMITTED_CALLS = new Set(
  'filter map sort toSorted reverse toReversed slice flat trim trimEnd trimStart toLowerCase toUpperCase replace replaceAll normalize padStart concat'.split(
    ' ',
  ),
);
const OTHER_NAME: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  find: 'findLast',
  findLast: 'find',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};

const isText = (node: Node): boolean =>
  isStringLiteral(node) || node.kind === SyntaxKind.TemplateExpression || isSum(node);
const isSum = (node: Node): boolean =>
  isBinaryExpression(node) &&
  node.operatorToken.kind === SyntaxKind.PlusToken &&
  (isText(node.left) || isText(node.right));

function fromBinary(node: Node, report: Report): void {
  if (!isBinaryExpression(node)) return;
  const sign = node.operatorToken.getText();
  if (sign === '??') report('alternative removed', node, node.left.getText());
  // Texts are joined, never subtracted.
  if (sign === '+' && isSum(node)) return;
  for (const other of OTHER_OPERATOR[sign] ?? []) report('operator', node.operatorToken, other);
}

function fromCondition(node: Node, report: Report): void {
  const condition = isIfStatement(node) ? node.expression : isConditionalExpression(node) ? node.condition : null;
  if (condition !== null) {
    report('condition negated', condition, `!(${condition.getText()})`);
    report('condition always true', condition, 'true');
    report('condition always false', condition, 'false');
  }
  if (isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken)
    report('negation removed', node, node.operand.getText());
}

function fromLiteral(node: Node, report: Report): void {
  if (node.kind === SyntaxKind.TrueKeyword) report('truth changed', node, 'false');
  if (node.kind === SyntaxKind.FalseKeyword) report('truth changed', node, 'true');
  if (isNumericLiteral(node)) {
    const value = Number(node.getText().replaceAll('_', ''));
    report('number changed', node, String(value + 1));
    if (value > 0) report('number changed', node, String(value - 1));
  }
  if (isStringLiteral(node) && !isName(node)) report('text changed', node, node.text === '' ? "'changed'" : "''");
}

/** The key of a property or the file of an import is not a value. */
const isName = (node: Node): boolean =>
  isImportDeclaration(node.parent) ||
  node.parent.kind === SyntaxKind.ExportDeclaration ||
  (isPropertyAssignment(node.parent) && node.parent.name === node);

function fromParts(node: Node, report: Report): void {
  if (isExpressionStatement(node)) report('statement removed', node, ';');
  if (isArrayLiteralExpression(node)) {
    const elements = node.elements.map((element) => element.getText());
    for (const index of elements.keys())
      report('element removed', node, `[${elements.filter((_, other) => other !== index).join(', ')}]`);
  }
  if (!isCallExpression(node) || !isPropertyAccessExpression(node.expression)) return;
  const { name, expression } = node.expression;
  if (OMITTED_CALLS.has(name.getText())) report('call removed', node, expression.getText());
  const other = OTHER_NAME[name.getText()];
  if (other !== undefined) report('other call', name, other);
}

/** The message of an error is for people who debug; tests do not pin its words. */
const isThrownText = (node: Node): boolean => isNewExpression(node) && /Error$/.test(node.expression.getText());

/** Every change of a file's text that is tried, in the order of the text. */
export function candidatesIn(path: string, source: SourceFile): readonly Candidate[] {
  const found: Candidate[] = [];
  const report: Report = (operator, node, after) => {
    const [start, end] = [node.getStart(source), node.getEnd()];
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ path, line, operator, start, end, before: source.text.slice(start, end), after });
  };
  const visit = (node: Node): void => {
    if (isTypeNode(node) || isThrownText(node)) return;
    fromBinary(node, report);
    fromCondition(node, report);
    fromLiteral(node, report);
    fromParts(node, report);
    node.forEachChild((child) => {
      visit(child);
      return undefined;
    });
  };
  visit(source);
  return found;
}

export const applied = (text: string, { start, end, after }: Candidate): string =>
  `${text.slice(0, start)}${after}${text.slice(end)}`;
