import type { Rule } from 'eslint';
import type { Type } from 'typescript';

const RESULTS = new Set(['Ok', 'Err', 'ResultAsync']);

const isResult = (type: Type): boolean => {
  if (type.isUnion()) return type.types.some(isResult);
  const symbol = type.getSymbol();
  const sources = symbol?.declarations?.map((declaration) => declaration.getSourceFile().fileName) ?? [];
  return RESULTS.has(symbol?.name ?? '') && sources.some((file) => file.includes('/neverthrow/'));
};

/**
 * ESLint rule: a neverthrow Result or ResultAsync must not be dropped, because an error that is only a value
 * disappears without a trace when nobody looks at it. Together with `no-floating-promises` (a promise of a
 * Result) and `no-unused-vars` (a Result that is only named) it finds every dropped Result.
 */
export const mustUseResult: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { dropped: 'This Result is dropped, and its error with it: match it, return it or yield* it.' },
  },
  create(context) {
    const types: { getTypeAtLocation?(node: unknown): Type } = context.sourceCode.parserServices;
    return {
      ExpressionStatement({ expression }) {
        const dropped =
          expression.type === 'UnaryExpression' && expression.operator === 'void'
            ? expression.argument
            : expression;
        if (dropped.type === 'AssignmentExpression' || types.getTypeAtLocation === undefined) return;
        if (isResult(types.getTypeAtLocation(dropped)))
          context.report({ node: expression, messageId: 'dropped' });
      },
    };
  },
};
