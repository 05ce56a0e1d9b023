"""Questions for Predict First that belong to one topic, in an order. Answers are computed, none is typed.

They are here and not beside the box that asks them, where a learner would read the answers first.
"""

from collections.abc import Callable

from utils.arithmetic import output_size, parameter_count, receptive_field
from utils.widgets.predict.questions import Question, windows


def one_by_one() -> list[Question]:
    truth = parameter_count(64, 32, kernel_size=1)
    biases = ((truth - 32, "Each of the 32 outputs has a bias too."),)
    return [
        Question(
            "nn.Conv2d(64, 32, kernel_size=1): how many weights and biases in all?",
            truth,
            f"1·1·64·32 + 32 = {truth:,}",
            mistakes=biases,
        ),
        Question("And nn.Linear(64, 32)?", truth, f"64·32 + 32 = {truth:,}: the same layer", mistakes=biases),
    ]


def cnn_sizes() -> list[Question]:
    steps, rows = [], 28
    for what, kernel_size, stride in (("3×3 convolution", 3, 1), ("2×2 max pooling", 2, 2)) * 2:
        truth = output_size(rows, kernel_size, stride)
        because = f"{rows} − 3 + 1 = {truth}" if stride == 1 else f"⌊({rows} − 2) / 2⌋ + 1 = {truth}"
        beyond = ((truth + 1, "The last window would reach beyond the map: round down."),) if rows % 2 else ()
        case = windows(rows, kernel_size, stride)
        prompt = f"{'A 28×28 image' if rows == 28 else f'{rows} rows'}, a {what}. How many rows are left?"
        steps.append(Question(prompt, truth, because, mistakes=beyond if stride == 2 else (), case=case))
        rows = truth
    numbers = 128 * rows * rows
    truth = (numbers + 1) * 200
    return [
        *steps,
        Question(
            f"128 maps of {rows}×{rows} are flattened. How many numbers are that?",
            numbers,
            f"128·{rows}·{rows} = {numbers}",
            mistakes=((rows * rows, "That is one of the 128 maps."),),
        ),
        Question(
            f"A linear layer makes 200 numbers of these {numbers}. How many parameters has it?",
            truth,
            f"{numbers}·200 + 200 = {truth:,}",
            mistakes=((truth - 200, "Each of the 200 outputs has a bias too."),),
        ),
    ]


def batches() -> list[Question]:
    whole, last = divmod(50_000, 64)
    return [
        Question(
            "50,000 images in batches of 64. How many batches are there?",
            whole + 1,
            f"{whole}·64 = {whole * 64:,}, and one more batch for the rest",
            mistakes=((whole, "That leaves some images out: the rest is a batch too."),),
        ),
        Question(
            "How many images are in the last one?",
            last,
            f"50,000 − {whole * 64:,} = {last}",
            mistakes=((64, "Only if 64 went into 50,000."), (64 - last, "So many are missing in it.")),
        ),
    ]


def linear_layers() -> list[Question]:
    first, second = (3072 + 1) * 512, (512 + 1) * 2
    return [
        Question(
            "A linear layer from 3072 numbers to 512. How many parameters?",
            first,
            f"3072·512 + 512 = {first:,}",
            mistakes=((first - 512, "Each of the 512 units has a bias too."),),
        ),
        Question(
            "And the one from 512 to 2?",
            second,
            f"512·2 + 2 = {second:,}",
            mistakes=((second - 2, "Both outputs have a bias too."),),
        ),
    ]


def batch_norm() -> list[Question]:
    numbers = [2, 4, 4, 4, 5, 5, 7, 9]
    mean = sum(numbers) // len(numbers)
    squares = sum((x - mean) ** 2 for x in numbers)
    variance = squares // len(numbers)
    spread = round(variance**0.5)
    return [
        Question("2, 4, 4, 4, 5, 5, 7, 9: what is their mean?", mean, f"{sum(numbers)} / {len(numbers)} = {mean}"),
        Question(
            "And their variance, the mean of the squared distances from it?",
            variance,
            f"{squares} / {len(numbers)} = {variance}",
            mistakes=(
                (spread, "That is its root, the standard deviation."),
                (squares, "That is the sum: divide it by the number of numbers."),
            ),
        ),
        Question(
            "What becomes of the 9, with the mean taken away and divided by the standard deviation?",
            (9 - mean) / spread,
            f"(9 − {mean}) / √{variance} = {(9 - mean) // spread}",
            mistakes=(((9 - mean) / variance, "Divide by the root of the variance."),),
        ),
    ]


def lenet() -> list[Question]:
    rows = [32]
    for kernel_size, stride in ((5, 1), (2, 2), (5, 1), (2, 2)):
        rows.append(output_size(rows[-1], kernel_size, stride))
    truth = parameter_count(1, 6, kernel_size=5)
    return [
        Question(
            "32 rows go through a 5×5 convolution, a 2×2 pooling, a 5×5 convolution, a 2×2 pooling. How many are left?",
            rows[-1],
            " → ".join(map(str, rows)),
            mistakes=((rows[-2], "One more pooling."), (8, "Without padding each convolution takes 4 rows.")),
        ),
        Question(
            "The first convolution makes 6 maps of one. How many parameters has it?",
            truth,
            f"5·5·1·6 + 6 = {truth}",
            mistakes=((truth - 6, "Each of the 6 maps has a bias too."), (26, "That is one of the 6 maps.")),
        ),
    ]


def inception() -> list[Question]:
    maps = {"1×1": 64, "3×3": 128, "5×5": 32, "pooling": 192}
    weights = [kernel**2 * 192 * made for kernel, made in ((1, 64), (3, 128), (5, 32))]
    total = sum(maps.values())
    return [
        Question(
            "64 maps from the 1×1, 128 from the 3×3, 32 from the 5×5, and the pooled ones. How many maps come out?",
            total,
            f"{' + '.join(map(str, maps.values()))} = {total}",
            mistakes=((total - 192, "Pooling keeps its 192 maps, and they are stacked too."),),
        ),
        Question(
            "Which branch has the most weights?",
            weights.index(max(weights)),
            f"1·1·192·64 = {weights[0]:,}, 3·3·192·128 = {weights[1]:,}, 5·5·192·32 = {weights[2]:,}",
            options=tuple(maps),
        ),
    ]


def bytes_of_images() -> list[Question]:
    small = 50_000 * 3 * 32 * 32 / 1e6
    return [
        Question(
            "50,000 colour images of 32×32, a byte for each number. How many million bytes?",
            small,
            f"50,000·3·32·32 = {small} million",
            mistakes=((small / 3, "A pixel has three numbers: red, green, blue."),),
        ),
        Question(
            "And as 32-bit floats?",
            4 * small,
            f"32 bits are 4 bytes: 4·{small} = {4 * small} million",
            mistakes=((32 * small, "32 is in bits; a byte has 8."),),
        ),
    ]


def intensity() -> list[Question]:
    uses = 2 * 9 * 16
    return [
        Question(
            "A ReLU in 32 bits: one operation for each number. How many operations for each byte?",
            1 / 8,
            "1 operation, 4 bytes read and 4 written: 1/8 = 0.125",
            mistakes=((1 / 4, "The number is read, and the result is written."),),
        ),
        Question(
            "A 3×3 convolution of 16 maps of 32×32 to 16, 32 images, in 32 bits. How many operations for each byte?",
            2,
            f"2·9·16 = {uses} operations for each number written, and as many are read: {uses}/8 = {uses // 8}. "
            "(The weights hardly count.)",
            options=("about 1", "about 9", f"about {uses // 8}", f"about {uses}"),
            mistakes=((3, "That is for each number: it is 4 bytes, and one more is read."),),
        ),
    ]


def kept_features() -> list[Question]:
    trunk, head, epochs = 41_000_000, 128, 20
    truth = round(epochs * (trunk + head) / (trunk + epochs * head))
    return [
        Question(
            f"For an image the trunk needs {trunk:,} multiply-adds, the head {head}. By what factor is the work of "
            f"{epochs} epochs smaller if the features are kept? A whole number.",
            truth,
            f"{epochs} times through the trunk against once; the head hardly counts",
            mistakes=((trunk // head, "That is trunk against head. The trunk is still needed, once."),),
        )
    ]


def fields() -> list[Question]:
    layers = [(5, 1)]
    widths = [receptive_field(layers)]
    for _ in range(2):
        layers += [(2, 2), (3, 1), (3, 1)]
        widths.append(receptive_field(layers))
    one, two, three = widths
    return [
        Question("Stage 1, one 5×5 convolution: how many pixels wide is a unit's field?", one, "that of its kernel"),
        Question(
            "Stage 2, a 2×2 pooling with stride 2 and two 3×3 convolutions on top?",
            two,
            f"{one} + 1 for the pooling, then steps of 2: {one} + 1 + 2·2 + 2·2 = {two}",
            mistakes=((one + 5, "Behind the pooling a step is 2 pixels long."),),
        ),
        Question(
            "Stage 3, the same once more?",
            three,
            f"{two} + 2, then steps of 4: {two} + 2 + 2·4 + 2·4 = {three}",
            mistakes=((two + 9, "Behind two poolings a step is 4 pixels long."),),
        ),
    ]


SETS: dict[str, Callable[[], list[Question]]] = {
    made.__name__: made
    for made in (
        one_by_one,
        cnn_sizes,
        batches,
        linear_layers,
        batch_norm,
        lenet,
        inception,
        bytes_of_images,
        intensity,
        kept_features,
        fields,
    )
}
