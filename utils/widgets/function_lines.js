// A rule for deno's linter: a function is short enough to be read as a whole.

const MOST = 80; // lines

export default {
  name: "course",
  rules: {
    "function-lines": {
      create: (context) => ({
        "FunctionDeclaration, FunctionExpression, ArrowFunctionExpression"(node) {
          const lines = context.sourceCode.getText(node).split("\n").length;
          if (lines > MOST) context.report({ node, message: `A function of ${lines} lines: ${MOST} are the most.` });
        },
      }),
    },
  },
};
