import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))  # as for a script in that folder
KINDS = {"llama": "Llama", "qwen": "Qwen2", "phi": "Phi3"}
SMALL = {
    "vocab_size": 258,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "bos_token_id": 256,
    "eos_token_id": 257,
    "pad_token_id": 257,
}


@pytest.fixture(scope="session")
def train_script():
    return TOOLS / "train_mini.py"


@pytest.fixture
def learned():
    """Eight steps of parameters down a loss of two pictures, (2,): its means."""
    import torch

    def descend(parameters, loss_of):
        optimizer = torch.optim.AdamW(parameters, lr=1e-3)
        losses = []
        for _ in range(8):
            loss = loss_of()
            assert loss.shape == (2,)
            losses.append(float(loss.mean().detach()))
            optimizer.zero_grad()
            loss.mean().backward()
            optimizer.step()
        return losses

    return descend


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """A folder of transformers for each kind of model, with random weights and one token a byte."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={char: place for place, char in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>")
    found = {}
    for name, kind in KINDS.items():
        torch.manual_seed(0)
        found[name] = tmp_path_factory.mktemp(name)
        config = getattr(transformers, f"{kind}Config")(**SMALL)
        getattr(transformers, f"{kind}ForCausalLM")(config).save_pretrained(found[name])
        tokenizer.save_pretrained(found[name])
    return found
